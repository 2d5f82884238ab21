//! A sync with nothing to do looks at each file, and opens none.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use podfs_testkit::syscalls::{self, Counted, Watch};

use crate::place::assert_done;
use crate::program::{World, run};

/// The system calls of a sync that have to do with the one file of the tree.
fn calls(world: &World) -> u64 {
    let mut command = world.sync(&[]);
    let output = File::create(world.path("output")).unwrap();
    command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
    let watch = Watch { folder: world.path("data/file"), counted: Counted::All, trouble: None };
    let traced = syscalls::run(command, watch).unwrap();
    assert_eq!(traced.code, Some(0), "{}", fs::read_to_string(world.path("output")).unwrap());
    traced.calls
}

#[test]
fn a_sync_with_nothing_to_do_opens_no_file() {
    let world = World::new();
    for _ in 0..2 {
        assert_done(&run(&mut world.sync(&[])));
    }
    assert_eq!(calls(&world), 1, "a look at its marks");
    fs::set_permissions(world.path("data/file"), Permissions::from_mode(0o600)).unwrap();
    assert!(calls(&world) > 2, "it is opened and read when something was done to it");
}
