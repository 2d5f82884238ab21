//! Flags, variables and places that make no sense: refused with what to do, and nothing is started.

use rstest::rstest;

use crate::program::{Done, World, run};

fn refused(done: &Done, parts: &[&str]) {
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert_eq!(done.stdout, "");
    for part in parts {
        assert!(done.stderr.contains(part), "no {part:?} in {}", done.stderr);
    }
    assert!(!done.stderr.contains("backtrace"), "{}", done.stderr);
}

#[rstest]
#[case(&["--transfers", "0"], &["--transfers", "1024"])]
#[case(&["--timeout", "soon"], &["--timeout", "seconds"])]
#[case(&["--max-delete", "110%"], &["--max-delete", "25%"])]
#[case(&["--output", "yaml"], &["--output", "json"])]
#[case(&["--engine", "magic"], &["--engine", "native"])]
#[case(&["--log-level", "loud"], &["--log-level", "debug"])]
#[case(&["--fsnotify", "soon"], &["--fsnotify", "minutes"])]
#[case(&["--fsnotify", "-1"], &["-1"])]
#[case(&["--rescan-every", "1s"], &["--rescan-every", "`1m`"])]
#[case(&["--dry-run", "--fsnotify", "0"], &["--dry-run", "--fsnotify"])]
#[case(&["--dry-run", "--schedule", "@daily"], &["--dry-run", "--schedule"])]
#[case(&["--no-delete=maybe"], &["--no-delete", "`true`"])]
#[case(&["--src", ""], &["--src", "path"])]
fn a_bad_flag_is_refused_with_what_would_do(#[case] flags: &[&str], #[case] parts: &[&str]) {
    let world = World::new();
    let mut command = world.bare_sync(&["-p", "type=local"]);
    refused(&run(command.args(flags)), parts);
}

#[rstest]
#[case("LOG_JSON", "perhaps", "`true`")]
#[case("PODFS_TRANSFERS", "many", "1024")]
#[case("PODFS_ENGINE", "magic", "native")]
#[case("PODFS_TIMEOUT", "0", "86400")]
#[case("CONFIG_PATH", "", "path")]
fn a_bad_variable_is_refused_by_its_name(#[case] name: &str, #[case] value: &str, #[case] part: &str) {
    let world = World::new();
    refused(&run(world.sync(&[]).env(name, value)), &[name, part]);
}

#[rstest]
#[case("true")]
#[case("1")]
#[case("false")]
#[case("0")]
fn switches_in_the_environment_work(#[case] value: &str) {
    let world = World::new();
    let done =
        run(world.sync(&[]).env("LOG_JSON", value).env("REMOTE_DESCRIPTION", "true").env("REMOTE_", "true"));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

/// Neither a slip of the keyboard nor a bad `-p` may bring a secret into a log.
#[rstest]
#[case(&["-p", "hunter2"])]
#[case(&["-e", "hunter2"])]
#[case(&["-p", "secret_access_key=", "hunter2"])]
#[case(&["--param", "two words=hunter2"])]
#[case(&["-p", "key=hunter2\nroot=/"])]
#[case(&["--secret-access-key=hunter2"])]
#[case(&["--secret-access-key", "hunter2"])]
fn secrets_are_never_repeated(#[case] flags: &[&str]) {
    let done = run(&mut World::new().bare_sync(flags));
    refused(&done, &["error: "]);
    assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
}

#[rstest]
fn a_parameter_without_an_equals_sign_is_refused_and_nothing_is_made(
    #[values("-p", "-e")] flag: &str,
    #[values("sync-to-remote", "remote-to-local-sync")] command: &str,
) {
    let world = World::new();
    let mut command =
        world.command(&[command, "-s", "data", "-d", "mirror", "-p", "type=local", flag, "key"]);
    refused(&run(command.args(["--state-dir", "state"])), &[flag, "key=value"]);
    assert!(!world.path("mirror").exists() && !world.path("rclone.conf").exists());
}

#[test]
fn a_restore_needs_a_target() {
    refused(&run(&mut World::new().command(&["remote-to-local-sync", "-p", "type=local"])), &["--dst"]);
}

#[test]
fn a_missing_kind_of_storage_is_said() {
    let world = World::new();
    let mut command = world.bare_sync(&["-s", "data"]);
    refused(&run(&mut command), &["REMOTE_TYPE"]);
}

#[test]
fn the_state_directory_must_not_be_synced() {
    let world = World::new();
    let mut command = world.sync(&[]);
    refused(&run(command.args(["--state-dir", "data/state"])), &["--state-dir", "inside"]);
    assert!(!world.path("data/state").exists());
}

#[test]
fn a_pid_path_that_cannot_be_written_is_said_before_anything_starts() {
    let world = World::new();
    let done = run(world.sync(&["--schedule", "@hourly"]).args(["--pid-path", "/proc/nowhere/pid"]));
    refused(&done, &["/proc/nowhere/pid", "--pid-path"]);
}

#[test]
fn a_remote_directory_around_the_local_one_is_refused() {
    let world = World::new();
    for remote in ["/", world.path("").to_str().unwrap(), world.path("data").to_str().unwrap()] {
        refused(&run(&mut world.sync(&["--dry-run", "-d", remote])), &["overlap"]);
    }
}
