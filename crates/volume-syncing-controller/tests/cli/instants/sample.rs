//! Which instants are tried.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};

/// Instants from 1 to `last`, spread over all of them, each somewhere within its share: the same ones in each run, and others
/// each time where more are asked for.
pub(super) fn sample(last: u64, cases: u64) -> Vec<u64> {
    let wanted = std::env::var("PODFS_FAULT_CASES").ok().and_then(|text| text.parse().ok());
    let random = |case: u64| match wanted {
        Some(_) => RandomState::new().hash_one(case),
        None => BuildHasherDefault::<DefaultHasher>::default().hash_one((last, case)),
    };
    let cases = wanted.unwrap_or(cases).clamp(1, last);
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
