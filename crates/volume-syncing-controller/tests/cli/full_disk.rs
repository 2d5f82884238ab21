//! Disks that are too small, in a mount namespace of its own: that of a restore, and that of our scratch files.

use std::fs;

use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails, names_below};
use crate::program::{World, run};
use crate::user::in_own_mounts;

#[rstest]
fn a_disk_that_fills_leaves_whole_files_and_no_others(#[values("native", "rclone")] engine: &'static str) {
    let place = Place::s3(engine);
    let data = place.world.path("data");
    for number in 0..16_u8 {
        fs::write(data.join(format!("part-{number}")), vec![number; 150 << 10]).unwrap();
    }
    assert_done(&run(&mut place.up(&[])));
    for name in ["small", "seen"] {
        fs::create_dir(place.world.path(name)).unwrap();
    }
    // The file system goes with the namespace, so it is looked at inside. `cp` takes hidden files along.
    let script =
        "mount -t tmpfs -o size=1m none small && { \"$@\"; code=$?; cp -a small/. seen; exit $code; }";
    let done = run(&mut in_own_mounts(&place.down("small", &[]), script));
    assert_eq!(done.code, Some(1), "{}{}", done.stdout, done.stderr);
    let told = format!("{}{}", done.stdout, done.stderr);
    assert!(told.to_lowercase().contains("no space"), "{told}");

    let seen = names_below(&place.world.path("seen"));
    assert!(!seen.is_empty() && seen.len() < 17, "{seen:?}");
    for name in &seen {
        let whole = fs::read(data.join(name));
        let whole = whole.unwrap_or_else(|_| panic!("{name} was never in the tree; all: {seen:?}"));
        assert!(fs::read(place.world.path("seen").join(name)).unwrap() == whole, "{name} is not whole");
    }
}

/// A plan that does not fit into memory is kept on disk, and is complete before anything is changed.
#[rstest]
fn a_scratch_folder_that_fills_changes_nothing(#[values(true, false)] restore: bool) {
    let world = World::new();
    for number in 0..6_000 {
        fs::write(world.path("data").join(format!("{number:0250}")), "").unwrap();
    }
    fs::create_dir(world.path("state")).unwrap();
    let command = if restore {
        let mut command = world.command(&["remote-to-local-sync", "-p", "type=local", "-d", "mirror"]);
        command.arg("-s").arg(world.path("data")).args(["--state-dir", "state"]);
        command
    } else {
        world.sync(&[])
    };
    let script = "mount -t tmpfs -o size=256k none state && \"$@\"";
    assert_fails(
        &run(&mut in_own_mounts(&command, script)),
        1,
        &["scratch folder", "No space", "--state-dir"],
    );
    assert!(!world.path("mirror").exists());
    let mut command = command;
    assert_done(&run(&mut command));
    assert_eq!(names_below(&world.path("mirror")).iter().filter(|name| name.starts_with('0')).count(), 6_000);
}
