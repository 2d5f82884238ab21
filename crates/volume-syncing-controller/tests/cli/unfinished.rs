//! Syncs that do not end: what they leave behind says so until the next one that goes well.

use std::fs;
use std::process::Stdio;

use podfs_testkit::proxy::{Fault, Rule};
use rstest::rstest;
use rustix::process::Signal;

use crate::place::{Place, assert_done, run_bounded};
use crate::program::{Running, eventually, run};

const WARNING: &str = "has not ended well";

fn head_says(place: &Place, state: &str) {
    let head: serde_json::Value = serde_json::from_slice(&place.object(".podfs/head").unwrap()).unwrap();
    assert_eq!(head["state"], state, "{head}");
}

/// Restores with a warning, syncs, and restores without one.
fn warns_until_the_next_sync(place: &Place) {
    head_says(place, "open");
    let done = run(&mut place.down("back", &[]));
    assert_done(&done);
    assert!(done.stderr.contains(WARNING), "{}", done.stderr);
    assert_done(&run(&mut place.up(&[])));
    head_says(place, "flushed");
    let done = run(&mut place.down("back", &[]));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert_eq!(fs::read(place.world.path("back/new")).unwrap(), b"new");
}

#[rstest]
fn a_killed_sync_leaves_its_head_open_and_a_restore_warns(
    #[values("native", "rclone")] engine: &'static str,
) {
    let (place, proxy) = Place::proxied(engine);
    assert_done(&run(&mut place.up(&[])));
    head_says(&place, "flushed");
    fs::write(place.world.path("data/new"), "new").unwrap();
    proxy.fail(Rule::new(Fault::Stall).method("PUT").path("/tree/new"));
    let running = Running::start(place.up(&["--timeout", "600"]).stdout(Stdio::null()));
    eventually("the transfer stalls", || proxy.faults() > 0);
    running.signal(Signal::KILL);
    assert_eq!(running.end().0, None);
    proxy.clear();
    warns_until_the_next_sync(&place);
}

#[rstest]
fn a_failed_sync_leaves_its_head_open_and_a_restore_warns(
    #[values("native", "rclone")] engine: &'static str,
) {
    let (place, proxy) = Place::proxied(engine);
    fs::write(place.world.path("data/gone"), "1").unwrap();
    assert_done(&run(&mut place.up(&[])));
    fs::remove_file(place.world.path("data/gone")).unwrap();
    fs::write(place.world.path("data/new"), "new").unwrap();
    proxy.fail(Rule::new(Fault::Status(403)).method("PUT").path("/tree/new"));
    let done = run_bounded(&mut place.up(&["--timeout", "1"]));
    assert_eq!(done.code, Some(1), "{}{}", done.stdout, done.stderr);
    let line = done.stdout.lines().next().unwrap();
    assert!(line.contains("deleted 0 (1 held back)") && line.contains("failed 1"), "{line}");
    assert!(place.object("gone").is_some());
    proxy.clear();
    warns_until_the_next_sync(&place);
    assert!(place.object("gone").is_none());
}
