//! A remote that fails at one request.

use podfs_testkit::proxy::{Fault, Rule};
use rstest::rstest;

use super::sample::sample;
use super::trial::{Store, Trial, Way};
use crate::place::run_bounded;

/// For each store, way and fault.
const CASES: u64 = 2;

const FAULTS: [Fault; 6] =
    [Fault::Status(500), Fault::SlowDown, Fault::Reset, Fault::Truncate(20), Fault::DropAnswer, Fault::Stall];

#[rstest]
fn a_remote_that_fails_at_any_request_leaves_old_or_new_and_nothing_is_hidden(
    #[values(Store::Bucket, Store::EncryptedBucket)] store: Store,
    #[values(Way::Up, Way::Down)] way: Way,
) {
    let mut trial = Trial::new(store);
    trial.next_round(way);
    trial.proxy().take_requests();
    let done = run_bounded(&mut trial.command(way, &[]));
    let requests = trial.proxy().take_requests().len() as u64;
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    trial.ends_well("untroubled");
    for fault in FAULTS {
        for request in sample(requests, CASES) {
            trial.next_round(way);
            trial.proxy().fail(Rule::new(fault).nth(usize::try_from(request).unwrap()));
            let done = run_bounded(&mut trial.command(way, &["--timeout", "1"]));
            trial.proxy().clear();
            let when = format!("{way:?}, {fault:?} at {request} of {requests}");
            trial.assert_told(way, &done, &when);
            trial.ends_well(&when);
        }
    }
    trial.ends_clean();
}
