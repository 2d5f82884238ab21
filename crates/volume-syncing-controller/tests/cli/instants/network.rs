//! A remote that fails at one request, or from one on for a while.

use podfs_testkit::proxy::{Fault, Rule};
use rstest::rstest;

use super::sample::sample;
use super::trial::{Store, Trial};
use super::way::Way;
use crate::place::run_bounded;

/// For each store, way and fault.
const CASES: u64 = 1;

/// And how many requests meet it.
const FAULTS: [(Fault, usize); 9] = [
    (Fault::Status(500), 1),
    (Fault::SlowDown, 1),
    (Fault::Reset, 1),
    (Fault::Truncate(20), 1),
    (Fault::DropAnswer, 1),
    (Fault::Stall, 1),
    // Until the program gives up, and for less than that.
    (Fault::Reset, usize::MAX),
    (Fault::Status(500), 5),
    (Fault::DropAnswer, 3),
];

#[rstest]
fn a_remote_that_fails_at_any_request_leaves_old_or_new_and_nothing_is_hidden(
    #[values(Store::Bucket, Store::EncryptedBucket)] store: Store,
    #[values(Way::Up, Way::First, Way::Down, Way::Fresh)] way: Way,
) {
    let mut trial = Trial::new(store);
    trial.next_round(way);
    trial.proxy().take_requests();
    let done = run_bounded(&mut trial.command(way, &[]));
    let requests = trial.proxy().take_requests().len() as u64;
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    trial.ends_well("untroubled");
    for (fault, times) in FAULTS {
        for request in sample(requests, CASES) {
            trial.next_round(way);
            let passing = usize::try_from(request).unwrap() - 1;
            trial.proxy().fail(Rule::new(fault).after(passing).times(times));
            let done = run_bounded(&mut trial.command(way, &["--timeout", "1"]));
            trial.proxy().clear();
            let when = format!("{way:?}, {times} {fault:?} at {request} of {requests}");
            trial.assert_told(way, &done, &when);
            trial.ends_well(&when);
        }
    }
    trial.ends_clean();
}
