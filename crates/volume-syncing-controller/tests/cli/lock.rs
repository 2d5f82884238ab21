//! Syncs of one directory wait for each other.

use std::fs::{self, File};
use std::process::Stdio;

use rustix::process::Signal;

use crate::program::{Running, World, run};

/// Holds the lock of the data directory as another process would.
fn hold(world: &World) -> File {
    assert_eq!(run(&mut world.sync(&[])).code, Some(0));
    let mut locks = fs::read_dir(world.path("state/locks")).unwrap();
    let path = locks.next().unwrap().unwrap().path();
    assert!(locks.next().is_none());
    let file = File::options().read(true).write(true).open(path).unwrap();
    file.lock().unwrap();
    file
}

#[test]
fn the_second_sync_waits_and_says_for_whom() {
    let world = World::new();
    let held = hold(&world);
    let holder =
        fs::read_to_string(fs::read_dir(world.path("state/locks")).unwrap().next().unwrap().unwrap().path());
    let mut waiting = Running::start(world.sync(&[]).stdout(Stdio::null()));
    waiting.wait_for(&format!("process {} is syncing", holder.unwrap().trim()));
    drop(held);
    assert_eq!(waiting.end().0, Some(0));
}

#[test]
fn other_names_of_a_directory_have_the_same_lock() {
    let world = World::new();
    std::os::unix::fs::symlink("data", world.path("link")).unwrap();
    let held = hold(&world);
    let mut command = world.bare_sync(&["-s", "./link/../link/", "-p", "type=local"]);
    let mut waiting = Running::start(command.stdout(Stdio::null()));
    waiting.wait_for("waiting until it has ended");
    drop(held);
    assert_eq!(waiting.end().0, Some(0));
}

#[test]
fn a_signal_ends_the_waiting() {
    let world = World::new();
    let _held = hold(&world);
    let mut waiting = Running::start(world.sync(&[]).stdout(Stdio::null()));
    waiting.wait_for("waiting until it has ended");
    waiting.signal(Signal::TERM);
    let (code, stderr) = waiting.end();
    assert_eq!(code, Some(6), "{stderr}");
}

#[test]
fn the_last_sync_waits_too_and_a_second_signal_ends_that() {
    let world = World::new();
    let _held = hold(&world);
    let mut waiting = Running::start(world.scheduled("@every 1s", &[]).stdout(Stdio::null()));
    waiting.wait_for("waiting until it has ended");
    waiting.signal(Signal::TERM);
    waiting.wait_for("the last sync begins");
    waiting.wait_for("waiting until it has ended");
    waiting.signal(Signal::TERM);
    let (code, stderr) = waiting.end();
    assert_eq!(code, Some(6), "{stderr}");
    assert!(!world.path("pid").exists());
}
