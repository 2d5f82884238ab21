//! A restore onto a disk that is too small, in a mount namespace of its own.

use std::fs;

use rstest::rstest;

use crate::place::{Place, assert_done, names_below};
use crate::program::run;
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
