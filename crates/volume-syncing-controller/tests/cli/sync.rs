//! Whole syncs to a directory and back. What the engine promises has its own tests; here it is what a caller sees.

use std::fs;
use std::process::Command;

use crate::program::{World, run};

fn restore(world: &World, target: &str, more: &[&str]) -> Command {
    let mut command = world.command(&["remote-to-local-sync", "-p", "type=local", "-d", target]);
    command.arg("-s").arg(world.path("mirror")).arg("--state-dir").arg(world.path("state")).args(more);
    command
}

#[test]
fn what_went_there_comes_back() {
    let world = World::new();
    fs::create_dir(world.path("data/folder")).unwrap();
    fs::write(world.path("data/folder/-leading 'dash'\n"), "more").unwrap();
    let there = run(&mut world.sync(&[]));
    assert_eq!(there.code, Some(0), "{}", there.stderr);
    assert!(there.stdout.starts_with("copied 2 files (11 B), deleted 0, unchanged 0"), "{}", there.stdout);
    let back = run(&mut restore(&world, "back", &[]));
    assert_eq!(back.code, Some(0), "{}", back.stderr);
    let same =
        Command::new("diff").arg("-r").args([world.path("data"), world.path("back")]).status().unwrap();
    assert!(same.success());
    let again = run(&mut world.sync(&[]));
    assert!(again.stdout.starts_with("copied 0 files (0 B), deleted 0, unchanged 2"), "{}", again.stdout);
}

#[test]
fn deletes_are_on_unless_switched_off() {
    let world = World::new();
    fs::write(world.path("data/other"), "x").unwrap();
    run(&mut world.sync(&[]));
    fs::remove_file(world.path("data/other")).unwrap();
    assert_eq!(run(&mut world.sync(&["-x"])).code, Some(0));
    assert!(world.path("mirror/other").exists());
    let done = run(&mut world.sync(&["--no-delete=false"]));
    assert!(done.stdout.contains("deleted 1"), "{}", done.stdout);
    assert!(!world.path("mirror/other").exists());
}

#[test]
fn a_dry_run_shows_each_step_and_does_nothing() {
    let world = World::new();
    run(&mut world.sync(&[]));
    fs::rename(world.path("data/file"), world.path("data/renamed")).unwrap();
    let done = run(&mut world.sync(&["--dry-run"]));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    let expected = [
        "copy renamed (7 bytes, new)",
        "delete file (gone)",
        "attributes . (differ)",
        "would copy 1 file (7 B), delete 1, change attributes of 1, leave 0 unchanged",
    ];
    assert_eq!(lines, expected);
    assert!(world.path("mirror/file").exists() && !world.path("mirror/renamed").exists());
}

#[test]
fn a_valve_closes_with_its_own_exit_code_and_names_the_flag() {
    let world = World::new();
    run(&mut world.sync(&[]));
    fs::remove_file(world.path("data/file")).unwrap();
    let done = run(&mut world.sync(&[]));
    assert_eq!(done.code, Some(4), "{}", done.stderr);
    assert!(done.stderr.contains("--force-even-if-remote-would-be-cleared"), "{}", done.stderr);
    assert!(world.path("mirror/file").exists());
    let done = run(&mut world.sync(&["--force-even-if-remote-would-be-cleared"]));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(!world.path("mirror/file").exists());
}

#[test]
fn a_refusal_is_json_too() {
    let world = World::new();
    fs::remove_dir_all(world.path("data")).unwrap();
    let done = run(&mut world.sync(&["--output", "json"]));
    let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &value["exit"]), (Some(4), &4.into()), "{value}");
    assert!(value["error"].is_string() && value.get("plan").is_none(), "{value}");
}

#[test]
fn a_limit_on_deletes_is_kept() {
    let world = World::new();
    fs::write(world.path("data/other"), "x").unwrap();
    run(&mut world.sync(&[]));
    fs::remove_file(world.path("data/other")).unwrap();
    for limit in ["0", "49%"] {
        assert_eq!(run(&mut world.sync(&["--max-delete", limit])).code, Some(4), "{limit}");
    }
    assert_eq!(run(&mut world.sync(&["--max-delete", "50%"])).code, Some(0));
}

#[test]
fn a_source_that_is_a_file_is_bad_usage() {
    let world = World::new();
    let done = run(&mut world.sync(&["-s", "data/file"]));
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("directory"), "{}", done.stderr);
}

#[test]
fn a_remote_that_is_empty_does_not_empty_the_target() {
    let world = World::new();
    let done = run(&mut restore(&world, "data", &[]));
    assert_eq!(done.code, Some(4), "{}", done.stderr);
    assert!(done.stderr.contains("--force-delete-local-dir"), "{}", done.stderr);
    assert!(world.path("data/file").exists());
}

#[test]
fn the_configuration_is_private_and_can_be_used_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    run(&mut world.sync(&[]));
    let mode = fs::metadata(world.path("rclone.conf")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut command = world.bare_sync(&["-s", "data", "--no-template"]);
    let done = run(command.arg("-d").arg(world.path("other")));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(world.path("other/file").exists());
}

#[test]
fn an_unknown_kind_of_storage_is_refused() {
    let world = World::new();
    let done = run(&mut world.bare_sync(&["-s", "data", "-p", "type=nonsense"]));
    assert_eq!(done.code, Some(2), "{}", done.stderr);
}
