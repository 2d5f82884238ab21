//! Which instants are tried.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};
use std::sync::LazyLock;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Decides all that is left to chance, so that a run can be repeated.
static SEED: LazyLock<u64> = LazyLock::new(|| {
    number("PODFS_FAULT_SEED").unwrap_or_else(|| RandomState::new().hash_one("instants") >> 32)
});

/// Instants from 1 to `last`, spread over all of them, each somewhere within its share. A test that fails shows the seed.
pub(super) fn sample(last: u64, cases: u64) -> Vec<u64> {
    println!("PODFS_FAULT_SEED={} repeats these instants", *SEED);
    let random = |case: u64| BuildHasherDefault::<DefaultHasher>::default().hash_one((*SEED, last, case));
    let cases = number("PODFS_FAULT_CASES").unwrap_or(cases).clamp(1, last);
    (0..cases)
        .map(|case| {
            let (from, to) = (case * last / cases, (case + 1) * last / cases);
            from + 1 + random(case) % (to - from)
        })
        .collect()
}

#[test]
fn a_sample_is_spread_over_all() {
    for (last, cases) in [(1, 1), (7, 3), (10, 10), (5, 40), (1000, 13)] {
        let sample = sample(last, cases);
        assert!(
            sample.is_sorted() && sample.iter().all(|instant| (1..=last).contains(instant)),
            "{sample:?}"
        );
        assert!(sample.windows(2).all(|pair| pair[0] < pair[1]), "{sample:?}");
    }
}
