//! Valves: exit code 4, one line that names the rule and the flag, and nothing changed at either side.

use std::fs;

use podfs_testkit::tree::{Compare, assert_same, snapshot};
use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails};
use crate::program::{Done, run};
use crate::user::{NOBODY, give_away, give_to, without_rights};

/// Runs something that must be refused and change nothing.
fn refused(place: &Place, command: impl FnOnce() -> Done, parts: &[&str]) {
    let before = (snapshot(&place.world.path("")).unwrap(), place.objects());
    assert_fails(&command(), 4, parts);
    // Locks and the rendered configuration are no part of either side.
    let mut after = snapshot(&place.world.path("")).unwrap();
    let mut was = before.0;
    for tree in [&mut was, &mut after] {
        tree.retain(|name, _| name.starts_with(b"data") || name.starts_with(b"back"));
    }
    assert_same(&was, &after, Compare::ALL).unwrap();
    assert_eq!(place.objects(), before.1);
}

#[rstest]
fn an_empty_source_does_not_clear_the_remote(
    #[values("native", "rclone")] engine: &'static str,
    #[values(true, false)] missing: bool,
) {
    let place = Place::s3(engine);
    assert_done(&run(&mut place.up(&[])));
    fs::remove_dir_all(place.world.path("data")).unwrap();
    if !missing {
        fs::create_dir_all(place.world.path("data/only/directories")).unwrap();
    }
    let flag = "--force-even-if-remote-would-be-cleared";
    refused(&place, || run(&mut place.up(&[])), &["empty or missing", flag]);
    assert_done(&run(&mut place.up(&[flag])));
    assert!(place.objects().is_empty());
}

#[rstest]
fn an_empty_remote_does_not_clear_the_directory(
    #[values("native", "rclone")] engine: &'static str,
    #[values(&[][..], &["--no-delete"])] more: &[&str],
) {
    let place = Place::s3(engine);
    give_away(&place.world);
    refused(
        &place,
        || run(without_rights(&mut place.down("data", more))),
        &["remote is empty", "--force-delete-local-dir"],
    );
}

#[test]
fn an_empty_remote_clears_the_directory_when_forced() {
    let place = Place::s3("native");
    give_away(&place.world);
    let done = run(without_rights(&mut place.down("data", &["--force-delete-local-dir"])));
    assert_done(&done);
    assert!(place.world.path("data").read_dir().unwrap().next().is_none());
}

/// A remote with other content than the local directory has.
fn other_content() -> Place {
    let place = Place::s3("native");
    assert_done(&run(&mut place.up(&[])));
    fs::write(place.world.path("data/file"), "local work").unwrap();
    fs::write(place.world.path("data/only here"), "local work").unwrap();
    place
}

#[rstest]
fn a_directory_of_root_is_not_touched(#[values(&[][..], &["--no-delete"])] more: &[&str]) {
    let place = other_content();
    give_away(&place.world);
    give_to(&place.world.path("data"), 0);
    refused(
        &place,
        || run(without_rights(&mut place.down("data", more))),
        &["owned by root", "--force-delete-local-dir"],
    );
    // Root itself is no better.
    refused(&place, || run(&mut place.down("data", more)), &["owned by root", "--force-delete-local-dir"]);
}

#[test]
fn a_directory_of_someone_else_is_not_touched() {
    let place = other_content();
    give_away(&place.world);
    give_to(&place.world.path("data"), 4711);
    let parts = ["uid 4711", &format!("uid {NOBODY}"), "--force-delete-local-dir"];
    refused(&place, || run(without_rights(&mut place.down("data", &[]))), &parts);
    refused(&place, || run(&mut place.down("data", &[])), &["uid 4711", "uid 0", "--force-delete-local-dir"]);
    assert_done(&run(&mut place.down("data", &["-n"])));
    assert_eq!(fs::read(place.world.path("data/file")).unwrap(), b"content");
    assert!(!place.world.path("data/only here").exists());
}

#[test]
fn what_we_restored_we_may_restore_again() {
    let place = other_content();
    // As root into a directory of root's, as a Pod's init container does each time.
    assert_done(&run(&mut place.down("back", &[])));
    fs::write(place.world.path("back/by the application"), "x").unwrap();
    let done = run(&mut place.down("back", &[]));
    assert_done(&done);
    assert!(
        done.stdout.contains("deleted 0") && done.stdout.contains("kept local changes 1"),
        "{}",
        done.stdout
    );
    let done = run(&mut place.down("back", &["--overwrite-local"]));
    assert_done(&done);
    assert!(done.stdout.contains("deleted 1"), "{}", done.stdout);
}

#[rstest]
fn more_deletes_than_allowed_are_refused(
    #[values("native", "rclone")] engine: &'static str,
    #[values("1", "40%")] limit: &str,
) {
    let place = Place::s3(engine);
    give_away(&place.world);
    for name in ["one", "two", "three"] {
        fs::write(place.world.path("data").join(name), name).unwrap();
    }
    assert_done(&run(without_rights(&mut place.up(&[]))));
    assert_done(&run(without_rights(&mut place.down("back", &[]))));
    for name in ["one", "two"] {
        fs::remove_file(place.world.path("data").join(name)).unwrap();
    }
    fs::write(place.world.path("data/four"), "four").unwrap();
    let parts = ["deletes 2 of 4", "--max-delete"];
    refused(&place, || run(without_rights(&mut place.up(&["--max-delete", limit]))), &parts);
    assert_done(&run(without_rights(&mut place.up(&["--max-delete", "2"]))));
    refused(&place, || run(without_rights(&mut place.down("back", &["--max-delete", limit]))), &parts);
    assert_done(&run(without_rights(&mut place.down("back", &["--max-delete", "50%"]))));
    assert!(place.world.path("back/four").exists() && !place.world.path("back/one").exists());
}
