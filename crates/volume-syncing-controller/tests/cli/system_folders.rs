//! System directories are never a target with deletes on.
//!
//! The program refuses before it lists or touches anything. Should it ever not, these tests still harm nothing: they
//! run in a mount namespace of their own, in which the directory is read-only or an empty file system in memory, and
//! they stop when that is not so.

use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails};
use crate::program::{World, run};
use crate::user::in_own_mounts;

/// All but the world of the test becomes read-only; then the program runs, if the directory really is.
const READ_ONLY: &str = r#"
set -e
mount --bind "$WORLD" "$WORLD"
if test "$SYSTEM" != /; then mount --bind "$SYSTEM" "$SYSTEM"; mount -o remount,bind,ro "$SYSTEM"; fi
mount -o remount,bind,ro /
cd "$WORLD"
if ( : > "$SYSTEM/podfs-probe" ) 2>/dev/null; then rm -f "$SYSTEM/podfs-probe"; exit 99; fi
exec "$@"
"#;

/// The directory becomes a small file system in memory with one file in it, which must still be there afterwards.
const IN_MEMORY: &str = r#"
set -e
mount -t tmpfs -o size=1m none "$SYSTEM"
echo kept > "$SYSTEM/file"
set +e
"$@"
code=$?
test "$(cat "$SYSTEM/file")" = kept || exit 98
test "$(ls -A "$SYSTEM")" = file || exit 97
exit $code
"#;

/// A remote on the local disk with one file, so that a restore would delete everything else.
fn world() -> World {
    let world = World::new();
    assert_done(&run(&mut world.sync(&[])));
    world
}

fn restore(world: &World, target: &str, script: &str, system: &str, more: &[&str]) -> crate::program::Done {
    let mut command = world.command(&["remote-to-local-sync", "-p", "type=local", "-d", target]);
    command.arg("-s").arg(world.path("mirror")).arg("--state-dir").arg(world.path("state")).args(more);
    let mut command = in_own_mounts(&command, script);
    run(command.env("WORLD", world.path("")).env("SYSTEM", system))
}

#[rstest]
fn a_system_directory_is_refused(
    #[values("/", "/bin", "/usr/bin", "/usr/lib", "/home", "/root")] system: &str,
) {
    let world = world();
    let done = restore(&world, system, READ_ONLY, system, &[]);
    assert_fails(&done, 4, &["system directory", "--force-delete-local-dir"]);
}

#[test]
fn the_root_directory_is_refused_for_a_bucket_too() {
    let place = Place::s3("native");
    assert_done(&run(&mut place.up(&[])));
    let mut command = in_own_mounts(&place.down("/", &[]), READ_ONLY);
    let done = run(command.env("WORLD", place.world.path("")).env("SYSTEM", "/"));
    assert_fails(&done, 4, &["system directory /", "--force-delete-local-dir"]);
}

#[rstest]
#[case("/usr/../home")]
#[case("/home/.")]
#[case("link")]
#[case("data/../link/")]
fn a_system_directory_by_another_name_is_refused(#[case] target: &str) {
    let world = world();
    std::os::unix::fs::symlink("/home", world.path("link")).unwrap();
    let done = restore(&world, target, IN_MEMORY, "/home", &[]);
    assert_fails(&done, 4, &["system directory /home", "--force-delete-local-dir"]);
}

#[rstest]
fn nothing_in_a_system_directory_is_lost(#[values("/home", "/root")] system: &str) {
    let done = restore(&world(), system, IN_MEMORY, system, &[]);
    assert_fails(&done, 4, &["system directory", "--force-delete-local-dir"]);
}
