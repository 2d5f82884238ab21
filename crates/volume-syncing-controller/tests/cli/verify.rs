//! `verify`: what it finds on a remote that somebody changed.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::place::Place;
use crate::program::{Done, World, run};

fn verify(world: &World, more: &[&str]) -> Command {
    let mut command = world.command(&["verify", "-p", "type=local"]);
    command.arg("-s").arg(world.path("mirror")).arg("--state-dir").arg(world.path("state")).args(more);
    command
}

fn assert_says(done: &Done, code: i32, lines: &[&str]) {
    assert_eq!(done.code, Some(code), "{}{}", done.stdout, done.stderr);
    assert_eq!(done.stdout.lines().collect::<Vec<_>>(), lines, "{}", done.stderr);
}

fn synced() -> World {
    let world = World::new();
    for name in ["a", "b", "c", "d"] {
        fs::write(world.path("data").join(name), format!("content of {name}")).unwrap();
    }
    assert_eq!(run(&mut world.sync(&[])).code, Some(0));
    world
}

#[test]
fn a_remote_as_it_was_written_is_good() {
    let world = synced();
    assert_says(&run(&mut verify(&world, &[])), 0, &["5 good, 0 wrong, 0 read back, 0 without a hash"]);
    let done = run(&mut verify(&world, &["--read-data"]));
    assert_says(&done, 0, &["5 good, 0 wrong, 5 read back, 0 without a hash"]);
}

#[test]
fn what_somebody_changed_is_named_with_what_is_wrong() {
    let world = synced();
    let mirror = world.path("mirror");
    fs::remove_file(mirror.join("a")).unwrap();
    fs::write(mirror.join("b"), "something else").unwrap();
    fs::write(mirror.join("added"), "by somebody").unwrap();
    // A flipped byte that no listing shows.
    let time = fs::metadata(mirror.join("c")).unwrap().modified().unwrap();
    fs::write(mirror.join("c"), "content of C").unwrap();
    fs::File::options().write(true).open(mirror.join("c")).unwrap().set_modified(time).unwrap();
    let expected = [
        "a: the manifest knows it, but it is not there",
        "added: the manifest does not know it: somebody else put it there, or a sync did not end",
        "b: it is not what the last sync wrote: somebody replaced it",
        "3 good, 3 wrong, 0 read back, 0 without a hash",
        "a sync from where the files are makes it good again: sync-to-remote --list-every 0s",
    ];
    assert_says(&run(&mut verify(&world, &[])), 1, &expected);
    let done = run(&mut verify(&world, &["--read-data", "--output", "json"]));
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    let value: Value = serde_json::from_str(&done.stdout).unwrap();
    let found = &value["verification"];
    let faults: Vec<String> = found["findings"].as_array().unwrap().iter().map(show).collect();
    assert_eq!(faults, ["a missing", "added unknown", "b replaced", "c damaged"]);
    let counts = [&value["exit"], &found["good"], &found["wrong"], &found["read"]];
    assert_eq!(counts.map(|count| count.as_u64().unwrap()), [1, 2, 4, 2]);
    // Nothing was changed by looking, and the next sync that lists the remote makes all of it good again.
    assert!(mirror.join("added").exists() && !mirror.join("a").exists());
    assert_eq!(run(&mut world.sync(&["--list-every", "0s"])).code, Some(0));
    assert_eq!(run(&mut verify(&world, &[])).code, Some(0));
}

fn show(finding: &Value) -> String {
    format!("{} {}", finding["path"].as_str().unwrap(), finding["fault"].as_str().unwrap())
}

#[test]
fn a_remote_without_a_manifest_cannot_be_compared() {
    let world = World::new();
    run(&mut world.sync(&["--plain"]));
    let done = run(&mut verify(&world, &["--output", "json"]));
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    let value: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(value["error"].as_str().unwrap().contains("no manifest to compare with"), "{value}");
}

#[test]
fn a_bucket_is_looked_at_both_ways() {
    for engine in ["native", "rclone"] {
        let place = Place::s3(engine);
        assert_eq!(run(&mut place.up(&[])).code, Some(0));
        let look = || run(&mut place.looked_at(&["--read-data"]));
        assert_says(&look(), 0, &["1 good, 0 wrong, 1 read back, 0 without a hash"]);
        let remote = format!("remote:{}", place.path);
        fs::create_dir_all(place.world.path("other")).unwrap();
        fs::write(place.world.path("other/file"), "replace").unwrap();
        assert_eq!(place.rclone(&["copy", "other", &remote]).code, Some(0));
        let done = look();
        assert_eq!(done.code, Some(1), "{}{}", done.stdout, done.stderr);
        assert!(done.stdout.starts_with("file: it is not what the last sync wrote"), "{}", done.stdout);
    }
}
