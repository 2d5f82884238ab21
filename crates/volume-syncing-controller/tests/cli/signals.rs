//! Signals to processes that stay: a last sync, or none.

use std::process::Stdio;

use rstest::rstest;
use rustix::process::Signal;

use crate::program::{Running, World};

#[rstest]
#[case(Signal::TERM)]
#[case(Signal::INT)]
fn a_signal_between_runs_leads_to_one_last_sync(#[case] signal: Signal) {
    let world = World::new();
    let mut running = Running::start(world.scheduled("@every 1s", &[]).stdout(Stdio::null()));
    running.wait_for("done: copied");
    running.wait_for("the next sync is due");
    running.signal(signal);
    running.wait_for("the last sync begins");
    running.wait_for("done: copied");
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!world.path("pid").exists());
}

#[test]
fn the_first_run_is_at_the_first_due_time() {
    let world = World::new();
    let mut running = Running::start(world.scheduled("@yearly", &[]).stdout(Stdio::null()));
    running.wait_for("the next sync is due");
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stderr.matches("done: copied").count(), 1, "{stderr}");
}

#[test]
fn a_scheduled_restore_ends_without_another_one() {
    let world = World::new();
    let mut command = world.command(&["remote-to-local-sync", "-d", "data", "-p", "type=local"]);
    command.arg("-s").arg(world.path("mirror"));
    command.args(["--schedule", "@yearly", "--pid-path", "pid", "--state-dir", "state", "-v"]);
    let mut running = Running::start(command.stdout(Stdio::null()));
    running.wait_for("the next sync is due");
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!stderr.contains("done: copied"), "{stderr}");
}
