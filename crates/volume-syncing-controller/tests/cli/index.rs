//! What a user hears of the index: what is wrong with it, once.

use std::fs;
use std::path::PathBuf;

use crate::place::{assert_done, names_below};
use crate::program::{World, run};
use crate::user::rclone_for_everybody;

fn index(world: &World) -> PathBuf {
    let indexes = world.path("state/indexes");
    let names: Vec<String> =
        names_below(&indexes).into_iter().filter(|name| name.ends_with(".redb")).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    indexes.join(&names[0])
}

fn damage(world: &World) {
    fs::write(index(world), "no index at all").unwrap();
}

fn change_version(world: &World) {
    let mut bytes = fs::read(index(world)).unwrap();
    let format = b"\"format\":2,";
    for at in 0..bytes.len() {
        if bytes[at..].starts_with(format) {
            bytes[at..at + format.len()].copy_from_slice(b"\"format\":1,");
        }
    }
    fs::write(index(world), bytes).unwrap();
}

fn replace_directory(world: &World) {
    fs::rename(world.path("data"), world.path("before")).unwrap();
    fs::create_dir(world.path("data")).unwrap();
    fs::rename(world.path("before/file"), world.path("data/file")).unwrap();
}

/// Makes the index one that does not count.
type Spoil = fn(&World);

#[test]
fn what_is_wrong_with_it_is_said_once() {
    let spoilers: [(Spoil, &str); 3] = [
        (damage, "is damaged; it is made anew"),
        (change_version, "it is of another version"),
        (replace_directory, "it belongs to another directory, remote or key"),
    ];
    for (spoil, said) in spoilers {
        let world = World::new();
        assert_done(&run(&mut world.sync(&[])));
        spoil(&world);
        let times = || {
            let done = run(&mut world.sync(&["-v"]));
            assert_eq!(done.code, Some(0), "{}", done.stderr);
            (done.stderr.matches(said).count(), done.stderr)
        };
        let (first, stderr) = times();
        assert_eq!(first, 1, "{said}: {stderr}");
        let (again, stderr) = times();
        assert_eq!(again, 0, "{said}: {stderr}");
    }
}

/// As each token does that rclone was given anew.
#[test]
fn credentials_that_change_leave_one_index() {
    let world = World::new();
    for token in ["token=one", "token=other"] {
        assert_done(&run(world.sync(&["-p", token]).env("PODFS_RCLONE", rclone_for_everybody())));
        assert!(index(&world).exists());
    }
}
