//! Local directories and files that cannot be read: reported, counted, and never a reason to delete a remote copy.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use podfs_testkit::proxy::{Fault, Rule};
use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails};
use crate::program::{Done, Running, World, eventually, run};
use crate::user::{give_away, in_own_mounts, without_rights};

fn set_mode(place: &Place, name: &str, mode: u32) {
    fs::set_permissions(place.world.path(name), Permissions::from_mode(mode)).unwrap();
}

#[rstest]
fn a_source_that_is_a_file_changes_nothing(#[values("native", "rclone")] engine: &'static str) {
    let place = Place::s3(engine);
    assert_done(&run(&mut place.up(&[])));
    let before = place.objects();
    assert_fails(&run(&mut place.up(&["-s", "data/file"])), 2, &["data/file", "directory"]);
    assert_eq!(place.objects(), before);
}

#[test]
fn a_source_that_is_missing_changes_nothing() {
    let place = Place::s3("native");
    assert_done(&run(&mut place.up(&[])));
    let before = place.objects();
    assert_fails(&run(&mut place.up(&["-s", "gone"])), 4, &["gone", "missing", "--force-even-if"]);
    assert_fails(&run(&mut place.up(&["-s", "gone", "--no-delete"])), 2, &["gone", "directory"]);
    assert_eq!(place.objects(), before);
    assert!(!place.world.path("gone").exists());
}

#[rstest]
fn a_file_that_cannot_be_read_keeps_its_remote_copy(#[values("native", "rclone")] engine: &'static str) {
    let place = Place::s3(engine);
    for name in ["secret", "gone"] {
        fs::write(place.world.path("data").join(name), "first").unwrap();
    }
    give_away(&place.world);
    assert_done(&run(without_rights(&mut place.up(&[]))));
    fs::write(place.world.path("data/secret"), "second, longer").unwrap();
    fs::write(place.world.path("data/new"), "new").unwrap();
    fs::remove_file(place.world.path("data/gone")).unwrap();
    set_mode(&place, "data/secret", 0o000);

    let done = run(without_rights(&mut place.up(&[])));
    assert_eq!(done.code, Some(3), "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("copied 1 file") && done.stdout.contains("deleted 1"), "{}", done.stdout);
    assert!(done.stdout.contains("unreadable 1") && done.stdout.contains("secret: "), "{}", done.stdout);
    assert_eq!(place.object("secret").unwrap(), b"first");
    assert_eq!(place.object("new").unwrap(), b"new");
    assert_eq!(place.object("gone"), None);
}

#[rstest]
fn a_directory_that_loses_permission_keeps_what_is_beneath_it(
    #[values("native", "rclone")] engine: &'static str,
    #[values(0o000, 0o400)] mode: u32,
) {
    let place = Place::s3(engine);
    fs::create_dir_all(place.world.path("data/closed/deep")).unwrap();
    for name in ["closed/one", "closed/deep/two", "gone"] {
        fs::write(place.world.path("data").join(name), name).unwrap();
    }
    give_away(&place.world);
    assert_done(&run(without_rights(&mut place.up(&[]))));
    fs::remove_file(place.world.path("data/gone")).unwrap();
    set_mode(&place, "data/closed", mode);

    let done = run(without_rights(&mut place.up(&[])));
    set_mode(&place, "data/closed", 0o700);
    assert_eq!(done.code, Some(3), "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("closed"), "{}", done.stdout);
    assert_eq!(place.object("closed/one").unwrap(), b"closed/one");
    assert_eq!(place.object("closed/deep/two").unwrap(), b"closed/deep/two");
    assert_eq!(place.object("gone"), None);
}

/// The directory could be listed, and is closed while the first file is on its way.
#[rstest]
fn a_source_that_loses_permission_half_way_keeps_what_the_remote_has(
    #[values("native", "rclone")] engine: &'static str,
) {
    let (place, proxy) = Place::proxied(engine);
    fs::create_dir(place.world.path("data/closed")).unwrap();
    let write = |name: &str, content: &str| fs::write(place.world.path("data").join(name), content).unwrap();
    for name in ["a", "closed/changed", "closed/same", "gone"] {
        write(name, "first");
    }
    give_away(&place.world);
    assert_done(&run(without_rights(&mut place.up(&[]))));
    for name in ["a", "closed/changed", "z"] {
        write(name, "second, longer");
    }
    fs::remove_file(place.world.path("data/gone")).unwrap();

    proxy.fail(Rule::new(Fault::Stall).method("PUT").path("/tree/a").nth(1));
    let mut command = place.up(&["--transfers", "1"]);
    let running = Running::start(without_rights(&mut command).stdout(Stdio::null()));
    eventually("the first file is on its way", || proxy.faults() > 0);
    set_mode(&place, "data/closed", 0o000);
    proxy.clear();
    let (code, stderr) = running.end();
    set_mode(&place, "data/closed", 0o700);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains("closed/changed") && !stderr.contains("panicked"), "{stderr}");
    for name in ["closed/changed", "closed/same"] {
        assert_eq!(place.object(name).unwrap(), b"first", "{name}");
    }
    for name in ["a", "z"] {
        assert_eq!(place.object(name).unwrap(), b"second, longer", "{name}");
    }
    assert_eq!(place.object("gone"), None);
}

#[test]
fn a_source_that_cannot_be_opened_at_all_deletes_nothing() {
    let place = Place::s3("native");
    give_away(&place.world);
    assert_done(&run(without_rights(&mut place.up(&[]))));
    let before = place.objects();
    set_mode(&place, "data", 0o000);
    let done = run(without_rights(&mut place.up(&[])));
    set_mode(&place, "data", 0o700);
    assert_fails(&done, 1, &["data", "check the owner and mode"]);
    assert_eq!(place.objects(), before);
}

/// Words for scripts in a world of mounts of their own.
const WORDS: &str = r#"
sync() { # an exit code, then the command
    expected=$1; shift
    "$@"; code=$?
    test $code = $expected || { echo "exit code $code and not $expected" >&2; exit 99; }
}
has() { test "$(cat "mirror/$1")" = "$2" || { echo "mirror/$1 is not $2" >&2; exit 98; }; }
"#;

/// Runs such a script with the sync, in a source with a folder to mount on.
fn run_with_mounts(world: &World, folder: &str, script: &str, more: &[&str]) -> Done {
    fs::create_dir(world.path("data").join(folder)).unwrap();
    run(&mut in_own_mounts(&world.sync(more), &format!("{WORDS}{script}")))
}

/// Unmounted, or not mounted after the machine was started again: the folder that it was mounted on is there, and empty or not.
#[rstest]
fn a_mount_that_went_away_keeps_what_the_remote_has_of_it(
    #[values(&[][..], &["--plain"], &["--list-every", "0s"])] more: &[&str],
) {
    const SCRIPT: &str = r#"
mount -t tmpfs none "data/in side"
mkdir "data/in side/deep"
echo kept > "data/in side/kept"
echo kept > "data/in side/deep/kept"
sync 0 "$@"
umount "data/in side"
for time in first second; do
    echo $time > data/file
    sync 3 "$@"
    has file $time
    has "in side/kept" kept
    has "in side/deep/kept" kept
done

echo lost > "data/in side/kept"
echo new > "data/in side/new"
sync 3 "$@"
has "in side/kept" kept
has "in side/new" new
rm "data/in side"/*
rmdir "data/in side"
sync 3 "$@"
has "in side/deep/kept" kept

mkdir "data/in side"
mount -t tmpfs none "data/in side"
echo kept > "data/in side/kept"
sync 0 "$@"
has "in side/kept" kept
test ! -e "mirror/in side/deep/kept" || exit 97

umount "data/in side"
sync 3 "$@"
sync 0 "$@" --force-even-if-remote-would-be-cleared
test ! -e "mirror/in side/kept" || exit 96
sync 0 "$@"
"#;
    let done = run_with_mounts(&World::new(), "in side", SCRIPT, more);
    assert_done(&done);
    let said = "in side: a file system was mounted there when it was last synced";
    assert_eq!(done.stdout.matches(said).count(), 5, "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("--force-even-if-remote-would-be-cleared"), "{}", done.stdout);
}

/// The remote has the file under its old name alone: what it has under the new one was on the mount.
#[rstest]
fn a_file_that_was_moved_to_where_a_mount_was_keeps_its_old_name(
    #[values(&[][..], &["--plain"], &["--list-every", "0s"])] more: &[&str],
) {
    const SCRIPT: &str = r#"
mount -t tmpfs none data/disk
echo kept > data/disk/x
echo stays > data/stays
sync 0 "$@"
umount data/disk
mv data/file data/disk/x
for time in first second; do
    sync 3 "$@"
    has file content
    has disk/x kept
done
mv data/disk/x data/moved
mount -t tmpfs none data/disk
echo kept > data/disk/x
sync 0 "$@"
has moved content
test ! -e mirror/file || exit 97
"#;
    assert_done(&run_with_mounts(&World::new(), "disk", SCRIPT, more));
}

/// The same remote with another key in its configuration: who syncs there knows nothing else of what was.
#[test]
fn a_mount_that_went_away_is_known_to_a_remote_that_is_configured_anew() {
    const SCRIPT: &str = r#"
mount -t tmpfs none data/disk
echo kept > data/disk/x
sync 0 "$@"
umount data/disk
sync 3 "$@" -p description=anew
has disk/x kept
sync 3 "$@"
has disk/x kept
mkdir data/share
mount -t tmpfs none data/share
echo kept > data/share/x
sync 3 "$@" -p description=anew
umount data/share
sync 3 "$@"
has share/x kept
"#;
    assert_done(&run_with_mounts(&World::new(), "disk", SCRIPT, &[]));
}
