//! PID files of processes that stay, and `interrupt`, which reads them.

use std::fs;
use std::process::{Command, Stdio};

use crate::program::{Running, World, eventually, run, wait_for_file};

fn interrupt(world: &World, more: &[&str]) -> Command {
    let mut command = world.command(&["interrupt"]);
    command.arg("--pid-path").arg(world.path("pid")).args(more);
    command
}

#[test]
fn interrupt_ends_a_long_running_sync_well() {
    let world = World::new();
    let running = Running::start(world.scheduled("@hourly", &[]).stdout(Stdio::null()));
    wait_for_file(&world.path("pid"));
    let done = run(&mut interrupt(&world, &["--wait", "60"]));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(done.stdout.contains(&running.pid().to_string()), "{}", done.stdout);
    assert_eq!(running.end().0, Some(0));
    assert!(!world.path("pid").exists());
}

#[test]
fn of_two_that_start_at_once_exactly_one_wins() {
    let world = World::new();
    fs::write(world.path("pid"), "1\nstarted:1\n").unwrap();
    for _ in 0..10 {
        let mut both: Vec<Running> =
            (0..2).map(|_| Running::start(world.scheduled("@hourly", &[]).stdout(Stdio::null()))).collect();
        wait_for_file(&world.path("pid"));
        let mut winner = None;
        eventually("one names itself", || {
            let text = fs::read_to_string(world.path("pid")).unwrap_or_default();
            let named = text.lines().next().unwrap_or_default().to_owned();
            winner = both.iter().position(|running| running.pid().to_string() == named);
            winner.is_some()
        });
        let winner = both.remove(winner.unwrap());
        let (code, stderr) = both.remove(0).end();
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(&winner.pid().to_string()) && stderr.contains("--pid-path"), "{stderr}");
        winner.signal(rustix::process::Signal::TERM);
        assert_eq!(winner.end().0, Some(0));
        fs::write(world.path("pid"), "1\nstarted:1\n").unwrap();
    }
}

#[test]
fn what_a_killed_process_left_is_replaced() {
    let world = World::new();
    let killed = Running::start(world.scheduled("@hourly", &[]).stdout(Stdio::null()));
    wait_for_file(&world.path("pid"));
    killed.signal(rustix::process::Signal::KILL);
    killed.end();
    assert_eq!(run(&mut interrupt(&world, &[])).code, Some(1));

    let running = Running::start(world.scheduled("@hourly", &[]).stdout(Stdio::null()));
    running.wait_until_named(&world.path("pid"));
    assert_eq!(run(&mut interrupt(&world, &[])).code, Some(0));
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn a_reused_number_is_not_signalled() {
    let world = World::new();
    let mut bystander = Command::new("sleep").arg("600").spawn().unwrap();
    for content in [format!("{}\nstarted:1\n", bystander.id()), format!("{}\n", bystander.id())] {
        fs::write(world.path("pid"), content).unwrap();
        let done = run(&mut interrupt(&world, &[]));
        assert_eq!(done.code, Some(1), "{}", done.stderr);
        assert!(done.stderr.contains("has ended"), "{}", done.stderr);
    }
    assert!(bystander.try_wait().unwrap().is_none());
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[test]
fn a_bare_number_of_one_of_ours_is_signalled() {
    let world = World::new();
    let running = Running::start(world.scheduled("@hourly", &[]).stdout(Stdio::null()));
    wait_for_file(&world.path("pid"));
    fs::write(world.path("pid"), format!("{}\n", running.pid())).unwrap();
    assert_eq!(run(&mut interrupt(&world, &[])).code, Some(0));
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn nobody_to_interrupt_is_said() {
    let world = World::new();
    let done = run(&mut interrupt(&world, &[]));
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.contains("--schedule"), "{}", done.stderr);
    fs::write(world.path("pid"), "not a number").unwrap();
    assert_eq!(run(&mut interrupt(&world, &[])).code, Some(2));
}

#[test]
fn a_sync_that_runs_once_has_no_pid_file() {
    let world = World::new();
    let running = Running::start(world.scheduled("@hourly", &[]).stdout(Stdio::null()));
    wait_for_file(&world.path("pid"));
    let once = run(world.sync(&[]).arg("--pid-path").arg(world.path("pid")));
    assert_eq!(once.code, Some(0), "{}", once.stderr);
    assert!(fs::read_to_string(world.path("pid")).unwrap().starts_with(&running.pid().to_string()));
}
