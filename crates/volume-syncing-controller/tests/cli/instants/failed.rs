//! A disk that is full, or fails, once.

use podfs_testkit::syscalls::{Counted, Trouble};
use rstest::rstest;

use super::sample::sample;
use super::trial::{Store, Trial};
use super::way::Way;

#[rstest]
fn a_disk_that_fails_at_any_call_leaves_old_or_new_and_nothing_is_hidden(
    #[values(Store::Folder, Store::EncryptedFolder, Store::Bucket)] store: Store,
    #[values(Way::Up, Way::First, Way::Down, Way::Fresh)] way: Way,
) {
    let cases = if way.is_anew() { 1 } else { 3 };
    let mut trial = Trial::new(store);
    // A full disk can still be read.
    for (trouble, counted) in [(Trouble::NoSpace, Counted::Changes), (Trouble::DiskFails, Counted::All)] {
        trial.next_round(way);
        let (untroubled, done) = trial.watched(way, counted, None);
        assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
        trial.ends_well("untroubled");
        for call in sample(untroubled.calls, cases) {
            trial.next_round(way);
            let (traced, done) = trial.watched(way, counted, Some((trouble, call)));
            let when = format!("{way:?}, {trouble:?} at {call} of {}, {:?}", untroubled.calls, traced.met);
            trial.assert_told(way, &done, &when);
            trial.ends_well(&when);
        }
    }
    trial.ends_clean();
}
