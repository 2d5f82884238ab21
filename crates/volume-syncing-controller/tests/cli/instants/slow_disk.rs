//! A disk that is slow: a last sync has no time to wait for it, and a sync with nothing to do has no reason.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use podfs_testkit::syscalls::{self, Counted, Traced, Trouble, Watch};

use crate::place::{Place, assert_done};
use crate::program::run;

/// Seeing to it that the folder is there.
const FOLDER: u64 = 1;
/// Noting that a sync is under way, for which nobody waits.
const NOTE: u64 = 1;

/// Runs a command and counts what it changes in the folder of the indexes, where all flushes are.
fn watched(place: &Place, mut command: Command, trouble: Option<(Trouble, u64)>) -> Traced {
    let output = File::create(place.world.path("output")).unwrap();
    command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
    let folder = place.world.path("state/indexes");
    syscalls::run(command, Watch { folder, counted: Counted::Changes, trouble }).unwrap()
}

/// A tree whose every file and folder is in the index. The first sync may come so soon after the tree was made that a
/// later change would not show in its times; what it does not know for sure the second adds.
fn synced() -> Place {
    let place = Place::s3("native");
    fs::write(place.world.path("data/file"), "before").unwrap();
    for _ in 0..2 {
        assert_done(&run(&mut place.up(&[])));
    }
    place
}

#[test]
fn a_sync_with_nothing_to_do_writes_nothing_to_the_index() {
    let place = synced();
    let traced = watched(&place, place.up(&[]), None);
    assert_eq!((traced.code, traced.calls), (Some(0), FOLDER), "{:?}", traced.met);
}

#[test]
fn the_remote_has_everything_before_the_index_waits_for_the_disk() {
    let place = synced();
    fs::write(place.world.path("data/file"), "after").unwrap();
    let traced = watched(&place, place.up(&[]), Some((Trouble::Kill, FOLDER + NOTE + 1)));
    assert_eq!(traced.code, None, "{:?}", traced.met);
    assert_eq!(place.object("file").as_deref(), Some(&b"after"[..]));
    let head = String::from_utf8(place.object(".podfs/head").unwrap()).unwrap();
    assert!(head.contains("\"flushed\""), "{head}");
    assert_done(&run(&mut place.up(&[])));
    assert_done(&run(&mut place.looked_at(&[])));
}
