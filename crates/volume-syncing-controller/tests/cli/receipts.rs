//! Restores that are run again, and syncs that need the receipt of one, as a Pod's containers meet them.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::{Done, World, run};
use crate::user::in_own_mounts;

fn restore(world: &World, state: &str, more: &[&str]) -> Command {
    let mut command = world.command(&["remote-to-local-sync", "-p", "type=local", "-d", "volume"]);
    command.arg("-s").arg(world.path("mirror")).args(["--state-dir", state]).args(more);
    command
}

fn sidecar(world: &World, state: &str, more: &[&str]) -> Command {
    let mut command = world.command(&["sync-to-remote", "-p", "type=local", "-s", "volume"]);
    command.arg("-d").arg(world.path("mirror")).args(["--state-dir", state]).args(more);
    command.env("PODFS_REQUIRE_RECEIPT", "true");
    command
}

#[track_caller]
fn ends(done: &Done, code: i32, expected: &str) {
    let told = format!("{}{}", done.stdout, done.stderr);
    assert_eq!(done.code, Some(code), "{told}");
    assert!(told.contains(expected), "{expected}: {told}");
}

fn synced() -> World {
    let world = World::new();
    fs::write(world.path("data/other"), "other").unwrap();
    ends(&run(&mut world.sync(&[])), 0, "copied 2");
    world
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

const READ_ONLY: &str = "mount --bind volume volume && mount -o remount,bind,ro volume && \"$@\"";

/// One that is full is like one that is read-only in that, which can be had for certain.
#[test]
fn a_volume_that_takes_no_note_is_saved_all_the_same() {
    let world = synced();
    ends(&run(&mut restore(&world, "state", &[])), 0, "copied 2");
    for (content, script) in [("one", READ_ONLY), ("and two", READ_ONLY), ("and also three", "\"$@\"")] {
        fs::write(world.path("volume/file"), content).unwrap();
        let done = run(&mut in_own_mounts(&sidecar(&world, "state", &[]), script));
        ends(&done, 0, "copied 1");
        assert_eq!(done.stderr.contains("state directory for now"), script == READ_ONLY, "{}", done.stderr);
        assert_eq!(read(&world.path("mirror/file")), content);
    }
    fs::write(world.path("data/other"), "newer").unwrap();
    ends(&run(&mut world.sync(&[])), 0, "");
    let refused = run(&mut in_own_mounts(&restore(&world, "state", &[]), READ_ONLY));
    ends(&refused, 1, "leave a receipt on");
}

/// The state directory of a Pod goes with it; the volume stays.
#[test]
fn a_new_pod_over_a_kept_volume_keeps_what_was_not_uploaded() {
    let world = synced();
    ends(&run(&mut restore(&world, "first", &[])), 0, "copied 2");
    fs::write(world.path("volume/file"), "written by the app").unwrap();
    fs::remove_file(world.path("volume/other")).unwrap();
    ends(&run(&mut restore(&world, "second", &[])), 0, "copied 0 files (0 B), deleted 0, unchanged 0");
    let again = run(&mut restore(&world, "third", &["--output", "json"]));
    let value: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(
        (&value["result"]["kept_local_changes"], &value["result"]["conflicts"]),
        (&2.into(), &0.into())
    );
    assert_eq!(read(&world.path("volume/file")), "written by the app");
    ends(&run(&mut sidecar(&world, "third", &[])), 0, "copied 1 file (18 B), deleted 1");
    assert_eq!(read(&world.path("mirror/file")), "written by the app");
}

#[test]
fn a_conflict_is_said_with_its_path_and_its_exit_code_until_somebody_decides() {
    let world = synced();
    run(&mut restore(&world, "state", &[]));
    fs::write(world.path("volume/file"), "written by the app").unwrap();
    fs::write(world.path("data/file"), "written elsewhere").unwrap();
    ends(&run(&mut world.sync(&[])), 0, "copied 1");
    ends(&run(&mut restore(&world, "state", &["--dry-run"])), 0, "leave 1 conflict");
    let done = run(&mut restore(&world, "state", &[]));
    ends(&done, 1, "conflicts 1");
    assert!(done.stdout.contains("file: it was changed here and on the remote"), "{}", done.stdout);
    ends(&run(&mut sidecar(&world, "state", &[])), 4, "--overwrite-remote");
    assert_eq!(read(&world.path("volume/file")), "written by the app");
    assert_eq!(read(&world.path("mirror/file")), "written elsewhere");
    ends(&run(&mut restore(&world, "state", &["--overwrite-local"])), 0, "copied 1");
    assert_eq!(read(&world.path("volume/file")), "written elsewhere");
    ends(&run(&mut sidecar(&world, "state", &[])), 0, "copied 0");
}

/// A Pod's containers have variables that somebody can set, and arguments that nobody can.
#[test]
fn the_environment_can_decide_a_conflict_too() {
    for (winner, code) in [("PODFS_OVERWRITE_LOCAL", [0, 0]), ("PODFS_OVERWRITE_REMOTE", [1, 0])] {
        let world = synced();
        run(&mut restore(&world, "state", &[]));
        fs::write(world.path("volume/file"), "here").unwrap();
        fs::write(world.path("data/file"), "there").unwrap();
        ends(&run(&mut world.sync(&[])), 0, "copied 1");
        ends(&run(restore(&world, "state", &[]).env(winner, "true")), code[0], "copied");
        ends(&run(sidecar(&world, "state", &[]).env(winner, "true")), code[1], "copied");
        let expected = if code[0] == 0 { "there" } else { "here" };
        assert_eq!(read(&world.path("volume/file")), expected, "{winner}");
        assert_eq!(read(&world.path("mirror/file")), expected, "{winner}");
    }
}

#[test]
fn a_sync_that_needs_a_receipt_says_what_is_wrong_with_it() {
    let world = synced();
    fs::create_dir(world.path("volume")).unwrap();
    fs::write(world.path("volume/file"), "of nobody knows where").unwrap();
    ends(&run(&mut sidecar(&world, "state", &[])), 4, "it has none");
    ends(
        &run(&mut sidecar(&world, "state", &["--plain"])),
        2,
        "--require-receipt needs what --plain leaves out",
    );
    assert_eq!(read(&world.path("mirror/file")), "content");
    ends(&run(&mut sidecar(&world, "state", &["--require-receipt=false"])), 0, "copied 1");
    // Also where an index tells that there is nothing to do.
    ends(&run(&mut sidecar(&world, "state", &["--require-receipt=false"])), 0, "unchanged 1");
    ends(&run(&mut sidecar(&world, "state", &[])), 4, "it has none");
}

/// Without extended attributes the receipt lies in the state directory, and is that of this volume alone.
#[test]
fn a_volume_that_cannot_hold_a_receipt_has_it_in_the_state_directory() {
    let world = synced();
    fs::create_dir(world.path("volume")).unwrap();
    // A file system without extended attributes.
    let mount = "mount -t ramfs none volume";
    let scripts = [
        // With the state directory a local change is kept and goes out, and with another one the volume is no source.
        ("\"$@\" && echo mine > volume/file && \"$@\" && cat volume/file", 0, "kept local changes 1"),
        (
            "\"$@\" && echo mine > volume/file && umount volume && mount -t ramfs none volume && \"$@\" && cat volume/file",
            0,
            "content",
        ),
    ];
    for (script, code, expected) in scripts {
        let script = format!("{mount} && {script}");
        ends(&run(&mut in_own_mounts(&restore(&world, "state", &[]), &script)), code, expected);
    }
}
