//! A restored volume with changes of its own: a restore over them and the sync that needs its receipt, killed.

use std::fs;
use std::process::Command;

use podfs_testkit::syscalls::{Counted, Trouble};
use podfs_testkit::tree::{Compare, assert_same, snapshot};
use rstest::rstest;

use super::contents::{assert_old_or_new, contents, whole_files};
use super::sample::sample;
use super::trial::{Store, Trial};
use super::way::Way;
use crate::place::assert_done;
use crate::program::run;

/// For each store and command.
const CASES: u64 = 2;

#[rstest]
fn a_volume_with_local_changes_keeps_them_through_kills_until_they_are_on_the_remote(
    #[values(Store::Folder, Store::EncryptedBucket)] store: Store,
) {
    let mut volume = Volume { trial: Trial::new(store), written: 0 };
    volume.next_round();
    let restoring = volume.calls(Volume::restore);
    let syncing = volume.calls(Volume::sync);
    for call in sample(restoring, CASES) {
        volume.next_round();
        volume.a_restore_is_killed(call);
        volume.comes_to_the_remote();
    }
    for call in sample(syncing, CASES) {
        volume.next_round();
        assert_done(&run(&mut volume.restore()));
        volume.a_sync_is_killed(call);
        volume.comes_to_the_remote();
    }
}

struct Volume {
    trial: Trial,
    written: u64,
}

impl Volume {
    /// Somebody else has changed the remote, and somebody the volume. It was restored before, as when a Pod starts: from then on it
    /// knows what it had, whatever the remote gathers.
    fn next_round(&mut self) {
        if self.written > 0 {
            assert_done(&run(&mut self.restore()));
        }
        self.trial.next_round(Way::Down);
        self.written += 1;
        fs::write(self.trial.place.world.path("back").join(self.mine()), "mine").unwrap();
    }

    /// What the volume alone has. One of that name was on no remote yet.
    fn mine(&self) -> String {
        format!("mine {}", self.written)
    }

    fn restore(&self) -> Command {
        self.trial.down("back", &[])
    }

    fn sync(&self) -> Command {
        self.trial.up_from("back", &["--require-receipt"])
    }

    /// How many calls a command makes that goes well.
    fn calls(&self, command: fn(&Self) -> Command) -> u64 {
        let (traced, done) = self.trial.watched_command(command(self), Counted::ChangesAndSends, None);
        assert_done(&done);
        traced.calls
    }

    fn a_restore_is_killed(&self, call: u64) {
        let before = whole_files(&self.trial.place.world.path("back"));
        let kill = Some((Trouble::Kill, call));
        let (traced, _) = self.trial.watched_command(self.restore(), Counted::ChangesAndSends, kill);
        let when = format!("a restore killed at {call}, {:?}", traced.met);
        let mut new = contents(&snapshot(&self.trial.place.world.path("data")).unwrap());
        new.insert(self.mine(), before[&self.mine()].clone());
        let found = whole_files(&self.trial.place.world.path("back"));
        assert_old_or_new(&before, &new, &found, &when);
        // Half a restore is never a source.
        let done = run(&mut self.sync());
        let expected = if found == new { &[0, 4][..] } else { &[4] };
        assert!(
            done.code.is_some_and(|code| expected.contains(&code)),
            "{when}: {}{}",
            done.stdout,
            done.stderr
        );
    }

    fn a_sync_is_killed(&self, call: u64) {
        let kill = Some((Trouble::Kill, call));
        let (traced, _) = self.trial.watched_command(self.sync(), Counted::ChangesAndSends, kill);
        let old = contents(&snapshot(&self.trial.place.world.path("data")).unwrap());
        let new = whole_files(&self.trial.place.world.path("back"));
        let when = format!("a sync killed at {call}, {:?}", traced.met);
        assert_old_or_new(&old, &new, &self.restored_elsewhere(), &when);
    }

    fn restored_elsewhere(&self) -> super::contents::Contents {
        let peek = self.trial.place.world.path("peek");
        let _ = fs::remove_dir_all(&peek);
        assert_done(&run(&mut self.trial.down("peek", &[])));
        whole_files(&peek)
    }

    /// The next restore and sync end well, and the remote has what the volume has, its own change among it.
    fn comes_to_the_remote(&self) {
        assert_done(&run(&mut self.restore()));
        assert_done(&run(&mut self.sync()));
        let back = self.trial.place.world.path("back");
        assert_eq!(fs::read(back.join(self.mine())).unwrap(), b"mine");
        self.restored_elsewhere();
        let peek = snapshot(&self.trial.place.world.path("peek")).unwrap();
        assert_same(&snapshot(&back).unwrap(), &peek, Compare::ALL).unwrap();
    }
}
