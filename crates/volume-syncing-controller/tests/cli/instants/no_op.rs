//! A sync with nothing to do looks at each file and opens none, and lists each directory once.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use podfs_testkit::syscalls::{self, Counted, Watch};

use crate::place::assert_done;
use crate::program::{World, run};

/// The system calls of a sync that have to do with what lies at `path`.
fn calls(world: &World, path: &str) -> u64 {
    let mut command = world.sync(&[]);
    let output = File::create(world.path("output")).unwrap();
    command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
    let watch = Watch { folder: world.path(path), counted: Counted::All, trouble: None };
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
    assert_eq!(calls(&world, "data/file"), 1, "a look at its marks");
    fs::set_permissions(world.path("data/file"), Permissions::from_mode(0o600)).unwrap();
    assert!(calls(&world, "data/file") > 2, "it is opened and read when something was done to it");
}

/// Else the tree would be listed twice until there is a file.
#[test]
fn a_source_is_not_searched_for_a_file_beside_its_scan() {
    let world = World::new();
    for name in ["data/one", "data/other"] {
        fs::create_dir(world.path(name)).unwrap();
        fs::copy(world.path("data/file"), world.path(name).join("file")).unwrap();
    }
    fs::remove_file(world.path("data/file")).unwrap();
    for _ in 0..2 {
        assert_done(&run(&mut world.sync(&[])));
    }
    assert_eq!(calls(&world, "data/one"), calls(&world, "data/other"));
}
