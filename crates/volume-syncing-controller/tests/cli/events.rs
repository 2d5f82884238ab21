//! `--fsnotify`: what is written goes to the remote by itself.

use std::fs;
use std::process::{Command, Stdio};

use podfs_testkit::proxy::{Fault, Rule};
use rustix::process::Signal;

use crate::place::{Place, assert_done};
use crate::program::{Running, World, eventually, run};
use crate::user::in_own_mounts;

/// The command, and the end of its first sync.
fn start(command: &mut Command) -> Running {
    let mut running = Running::start(command.stdout(Stdio::null()));
    running.wait_for("done: copied 1 file");
    running
}

fn watching(world: &World, minutes: &str, more: &[&str]) -> Command {
    let mut command = world.sync(&["-v", "--fsnotify", minutes, "--pid-path", "pid"]);
    command.args(more);
    command
}

fn has(world: &World, name: &str, content: &str) -> bool {
    fs::read(world.path("mirror").join(name)).is_ok_and(|found| found == content.as_bytes())
}

#[test]
fn what_is_written_moved_and_deleted_goes_there_by_itself() {
    let world = World::new();
    let mut running = start(&mut watching(&world, "0", &[]));
    fs::create_dir_all(world.path("data/deep/er")).unwrap();
    fs::write(world.path("data/deep/er/second"), "second").unwrap();
    running.wait_for("looking at what has changed");
    eventually("the second file is there", || has(&world, "deep/er/second", "second"));
    fs::rename(world.path("data/deep"), world.path("data/moved")).unwrap();
    eventually("it is where it was moved to", || has(&world, "moved/er/second", "second"));
    eventually("and no longer where it was", || !world.path("mirror/deep/er/second").exists());
    fs::write(world.path("data/moved/er/second"), "changed").unwrap();
    eventually("its new content is there", || has(&world, "moved/er/second", "changed"));
    fs::remove_file(world.path("data/file")).unwrap();
    eventually("the first file is gone", || !world.path("mirror/file").exists());
    assert!(world.path("pid").exists());
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!world.path("pid").exists());
}

/// The next sync after an event would be an hour away here: only the last one can have done it.
#[test]
fn the_last_sync_flushes_what_still_had_to_wait() {
    let world = World::new();
    let mut running = start(&mut watching(&world, "60", &[]));
    fs::write(world.path("data/last"), "just before the end").unwrap();
    assert_done(&run(&mut world.command(&["interrupt", "--pid-path", "pid"])));
    running.wait_for("the last sync begins");
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(has(&world, "last", "just before the end"));
    assert_eq!(stderr.matches("done: copied").count(), 2, "{stderr}");
}

#[test]
fn a_schedule_beside_it_does_not_wait_for_events() {
    let world = World::new();
    let mut running = start(&mut watching(&world, "60", &["--schedule", "@every 1s"]));
    fs::write(world.path("data/second"), "second").unwrap();
    eventually("the second file is there", || has(&world, "second", "second"));
    running.wait_for("the next sync is due");
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!stderr.contains("looking at what has changed"), "{stderr}");
}

#[test]
fn events_do_not_wait_for_a_schedule_beside_them() {
    let world = World::new();
    let running = start(&mut watching(&world, "0", &["--schedule", "@yearly"]));
    fs::write(world.path("data/second"), "second").unwrap();
    eventually("the second file is there", || has(&world, "second", "second"));
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn a_sync_that_failed_is_tried_again_though_nothing_more_changes() {
    let (place, proxy) = Place::proxied("native");
    let mut running = start(&mut place.up(&["-v", "--fsnotify", "0", "--pid-path", "pid"]));
    proxy.fail(Rule::new(Fault::Status(403)));
    fs::write(place.world.path("data/second"), "second").unwrap();
    running.wait_for("the sync failed");
    proxy.clear();
    eventually("the second file is there", || place.object("second").is_some());
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

/// A file of the tree, and another name of it outside: what is written there makes no event in the tree.
fn with_a_name_outside() -> World {
    let world = World::new();
    fs::hard_link(world.path("data/file"), world.path("outside")).unwrap();
    world
}

#[test]
fn a_change_without_an_event_is_not_heard_of_and_goes_with_the_last_sync() {
    let world = with_a_name_outside();
    let running = start(&mut watching(&world, "0", &[]));
    fs::write(world.path("outside"), "without an event").unwrap();
    fs::write(world.path("data/second"), "second").unwrap();
    eventually("the second file is there", || has(&world, "second", "second"));
    assert!(has(&world, "file", "content"), "there was an event after all");
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(has(&world, "file", "without an event"), "{stderr}");
}

#[test]
fn a_change_without_an_event_is_found_by_the_next_look_at_everything() {
    let world = with_a_name_outside();
    let running = start(&mut watching(&world, "60", &["--schedule", "@every 1s"]));
    fs::write(world.path("outside"), "without an event").unwrap();
    eventually("its content is there", || has(&world, "file", "without an event"));
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

/// Waits until a name is in the mirror.
const THERE: &str = r#"
there() {
    for try in $(seq 600); do test -e "mirror/$1" && return; sleep 0.1; done
    echo "mirror/$1 never came" >&2
    exit 99
}
"#;

#[test]
fn a_mount_inside_the_tree_is_noticed() {
    const SCRIPT: &str = r#"
"$@" & program=$!
there file
mount -t tmpfs none data/inside
echo first > data/inside/first
there inside/first
echo second > data/inside/second
there inside/second
kill -TERM $program
wait $program
"#;
    let world = World::new();
    fs::create_dir(world.path("data/inside")).unwrap();
    let script = format!("{THERE}{SCRIPT}");
    let done = run(&mut in_own_mounts(&watching(&world, "0", &[]), &script));
    assert_done(&done);
    assert!(done.stderr.contains("the mounts in data have changed"), "{}", done.stderr);
}

#[test]
fn a_mount_that_goes_away_beneath_a_sidecar_takes_nothing_along() {
    const SCRIPT: &str = r#"
mount -t tmpfs none data/inside
echo kept > data/inside/kept
"$@" & program=$!
there inside/kept
# Busy while the program still has it open.
for try in $(seq 600); do umount data/inside && break; sleep 0.1; done
echo second > data/second
there second
kill -TERM $program
wait $program
code=$?
test -e mirror/inside/kept || exit 98
exit $code
"#;
    let world = World::new();
    fs::create_dir(world.path("data/inside")).unwrap();
    let done = run(&mut in_own_mounts(&watching(&world, "0", &[]), &format!("{THERE}{SCRIPT}")));
    assert_eq!(done.code, Some(3), "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains("a file system was mounted there"), "{}", done.stderr);
}

/// An event tells of one of the two names alone.
#[test]
fn a_directory_that_is_in_the_tree_twice_is_told() {
    const SCRIPT: &str = r#"
mount --bind data/one data/two
"$@" & program=$!
there file
echo new > data/one/new
test -e data/two/new || exit 98
kill -TERM $program
wait $program
"#;
    let world = World::new();
    for name in ["one", "two"] {
        fs::create_dir(world.path("data").join(name)).unwrap();
    }
    let script = format!("{THERE}{SCRIPT}");
    let done = run(&mut in_own_mounts(&watching(&world, "60", &[]), &script));
    assert_done(&done);
    assert!(done.stderr.contains("the same directory as another in the tree"), "{}", done.stderr);
    assert!(has(&world, "one/new", "new\n") && has(&world, "two/new", "new\n"));
}

#[test]
fn too_few_watches_are_told_once_and_the_last_sync_looks_everywhere() {
    let world = World::new();
    for number in 0..20 {
        fs::create_dir(world.path(&format!("data/{number}"))).unwrap();
    }
    let inner = watching(&world, "0", &[]);
    let mut limited = Command::new("unshare");
    limited.args(["-Ur", "sh", "-c", "echo 8 > /proc/sys/user/max_inotify_watches && exec \"$@\"", "sh"]);
    limited.arg(inner.get_program()).args(inner.get_args()).current_dir(world.path(""));
    let running = start(&mut limited);
    for number in 0..20 {
        fs::write(world.path(&format!("data/{number}/file")), "new").unwrap();
    }
    eventually("what is watched is there", || {
        (0..20).any(|number| has(&world, &format!("{number}/file"), "new"))
    });
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stderr.matches("fs.inotify.max_user_watches").count(), 1, "{stderr}");
    assert!((0..20).all(|number| has(&world, &format!("{number}/file"), "new")), "{stderr}");
}

#[test]
fn a_restore_has_no_file_events() {
    let world = World::new();
    let done = run(&mut world.command(&["remote-to-local-sync", "-d", "data", "--fsnotify", "0"]));
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("--fsnotify"), "{}", done.stderr);
}
