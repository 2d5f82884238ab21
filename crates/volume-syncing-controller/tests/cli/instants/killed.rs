//! Kills.

use podfs_testkit::syscalls::{Counted, Trouble};
use rstest::rstest;

use super::sample::sample;
use super::trial::{Store, Trial};
use super::way::Way;

#[rstest]
fn a_program_killed_at_any_call_leaves_old_or_new_and_the_next_run_ends_it(
    #[values(Store::Folder, Store::EncryptedFolder, Store::Bucket, Store::EncryptedBucket)] store: Store,
    #[values(Way::Up, Way::First, Way::Down, Way::Fresh)] way: Way,
) {
    kill(Trial::new(store), way, if way.is_anew() { 2 } else { 4 });
}

#[rstest]
fn a_program_killed_while_a_file_goes_in_parts_leaves_old_or_new_and_no_parts(
    #[values(Store::Bucket, Store::EncryptedBucket)] store: Store,
    #[values(Way::Up, Way::Fresh)] way: Way,
) {
    kill(Trial::in_parts(store), way, 2);
}

fn kill(mut trial: Trial, way: Way, cases: u64) {
    trial.next_round(way);
    let (untroubled, done) = trial.watched(way, Counted::ChangesAndSends, None);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    trial.ends_well("untroubled");
    let mut killed = 0;
    for call in sample(untroubled.calls, cases) {
        trial.next_round(way);
        let (traced, done) = trial.watched(way, Counted::ChangesAndSends, Some((Trouble::Kill, call)));
        let when = format!("{way:?} killed at {call} of {}, {:?}", untroubled.calls, traced.met);
        // No two rounds make exactly as many calls.
        assert_eq!(done.code.is_none(), traced.met.is_some(), "{when}: {}", done.stderr);
        killed += u64::from(traced.met.is_some());
        trial.assert_nothing_is_torn(way, &when);
        trial.ends_well(&when);
    }
    assert!(killed > 0);
    trial.ends_clean();
}
