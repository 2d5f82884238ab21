//! `--help`: every flag and default of the contract, with examples and exit codes.

use crate::program::{World, run};

#[test]
fn help_teaches_with_examples_and_exit_codes() {
    let world = World::new();
    for command in ["sync-to-remote", "remote-to-local-sync", "interrupt", "key check"] {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let done = run(&mut world.command(&words));
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        for part in ["Examples:", "Exit codes:", "Usage: volume-syncing-controller"] {
            assert!(done.stdout.contains(part), "{command}: no {part:?} in\n{}", done.stdout);
        }
    }
}

#[test]
fn every_flag_of_the_contract_is_there() {
    let world = World::new();
    let both = [
        "-s, --src",
        "-d, --dst",
        "-c, --config-path",
        "--no-template",
        "-p, --param",
        "-e, --enc-param",
        "--schedule",
        "-x, --no-delete",
        "-v, --verbose",
        "--pid-path",
        "--max-delete",
        "--dry-run",
        "--output",
        "--plain",
        "--transfers",
        "--state-dir",
        "--engine",
        "--rclone",
        "--timeout",
        "-l, --log-level",
        "--log-json",
    ];
    let own = [
        ("sync-to-remote", &["-f, --force-even-if-remote-would-be-cleared", "--fsnotify"][..]),
        ("remote-to-local-sync", &["-n, --force-delete-local-dir"][..]),
    ];
    for (command, own) in own {
        let help = run(&mut world.command(&[command, "--help"])).stdout;
        for flag in both.iter().chain(own) {
            assert!(help.contains(flag), "{command}: no {flag:?} in\n{help}");
        }
    }
}

#[test]
fn defaults_are_those_of_the_contract() {
    let world = World::new();
    let help = run(&mut world.command(&["sync-to-remote", "--help"])).stdout;
    for default in ["./", "/", "rclone.conf", "/run/volume-syncing-controller.pid", "auto", "60", "info"] {
        assert!(help.contains(&format!("[default: {default}]")), "{default} in\n{help}");
    }
}

#[test]
fn help_never_shows_values_of_the_environment() {
    let world = World::new();
    let mut command = world.command(&["sync-to-remote", "--help"]);
    let done = run(command.env("CONFIG_PATH", "/somewhere/special").env("REMOTE_SECRET", "hunter2"));
    assert!(!done.stdout.contains("special") && !done.stdout.contains("hunter2"), "{}", done.stdout);
}

#[test]
fn without_a_command_there_is_help() {
    let done = run(&mut World::new().command(&[]));
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("sync-to-remote"), "{}", done.stderr);
}
