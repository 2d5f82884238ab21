//! Too few watches, no queue, folders that may not be read, and a process that nobody may look into.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

use super::alone::{is_alone, limited};
use super::look::Reader;
use super::{wait_for, watch};

fn tree(folders: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..folders {
        fs::create_dir(folder.path().join(number.to_string())).unwrap();
    }
    folder
}

/// Runs the test as a user without rights.
fn without_rights(mut command: Command) -> Command {
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    command
}

#[test]
fn too_few_watches_are_used_and_the_rest_is_known_to_be_unseen() {
    let name = "watch::tests::limits::too_few_watches_are_used_and_the_rest_is_known_to_be_unseen";
    if !is_alone(name, limited("max_inotify_watches", 8)) {
        return;
    }
    let folder = tree(20);
    let watch = watch(folder.path());
    assert!(watch.news().blind);
    let mut reader = Reader::new(folder.path());
    reader.look(&watch);
    assert_eq!(reader.scans, 1);
    // The root and seven others are watched, and stay so.
    for number in 0..20 {
        fs::write(folder.path().join(number.to_string()).join("file"), "").unwrap();
    }
    reader.catch_up(&watch, "sentinel");
    let seen = reader.picture.keys().flatten().filter(|path| path.file_name() == b"file").count();
    assert_eq!((seen, reader.scans), (7, 1));
    // A fresh folder is looked at, though there is no watch for it.
    fs::create_dir(folder.path().join("fresh")).unwrap();
    fs::write(folder.path().join("fresh/file"), "").unwrap();
    reader.catch_up(&watch, "another");
    let fresh = crate::RelativePath::parse("fresh/file").unwrap();
    assert!(reader.picture.contains_key(&Some(fresh)));
}

#[test]
fn more_watches_are_used_when_there_are_more() {
    let name = "watch::tests::limits::more_watches_are_used_when_there_are_more";
    if !is_alone(name, limited("max_inotify_watches", 8)) {
        return;
    }
    let folder = tree(20);
    let watch = watch(folder.path());
    assert!(watch.news().blind);
    fs::write("/proc/sys/user/max_inotify_watches", "100").unwrap();
    watch.renew();
    wait_for(&watch, "all is watched", |news| news.complete);
    assert!(!watch.news().blind);
    let mut reader = Reader::new(folder.path());
    reader.look(&watch);
    for number in 0..20 {
        fs::write(folder.path().join(number.to_string()).join("file"), "").unwrap();
    }
    reader.catch_up(&watch, "sentinel");
    reader.assert_up_to_date();
}

#[test]
fn without_a_queue_there_is_nothing_but_scans() {
    let name = "watch::tests::limits::without_a_queue_there_is_nothing_but_scans";
    if !is_alone(name, limited("max_inotify_instances", 0)) {
        return;
    }
    let folder = tree(1);
    assert!(watch(folder.path()).news().blind);
}

#[test]
fn a_folder_that_becomes_readable_is_watched_then() {
    let name = "watch::tests::limits::a_folder_that_becomes_readable_is_watched_then";
    if !is_alone(name, without_rights) {
        return;
    }
    let folder = tree(1);
    let closed = folder.path().join("0");
    let mode = |mode| fs::set_permissions(&closed, Permissions::from_mode(mode)).unwrap();
    fs::create_dir(closed.join("deep")).unwrap();
    mode(0);
    let watch = watch(folder.path());
    let mut reader = Reader::new(folder.path());
    reader.look(&watch);
    assert_eq!(reader.picture.len(), 2);
    mode(0o755);
    reader.catch_up(&watch, "sentinel");
    fs::write(closed.join("deep/file"), "").unwrap();
    reader.catch_up(&watch, "another");
    reader.assert_up_to_date();
    assert!(!watch.news().blind);
}

/// With an encryption key in memory a process is undumpable, which shuts `/proc/<pid>/fd` to others.
#[test]
fn a_process_that_nobody_may_look_into_watches_all_the_same() {
    let name = "watch::tests::limits::a_process_that_nobody_may_look_into_watches_all_the_same";
    if !is_alone(name, without_rights) {
        return;
    }
    set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap();
    let folder = tree(3);
    let watch = watch(folder.path());
    let mut reader = Reader::new(folder.path());
    reader.look(&watch);
    fs::write(folder.path().join("1/file"), "").unwrap();
    reader.catch_up(&watch, "sentinel");
    reader.assert_up_to_date();
    assert!(reader.scans == 1 && !watch.news().blind);
}

#[test]
fn a_root_that_is_not_there_is_told() {
    assert!(watch(Path::new("/nowhere/at/all")).news().blind);
}
