//! `key generate` and `key check`.

use std::fs;
use std::process::Command;

use podfs_remote::crypt::Password;
use podfs_testkit::servers::obscure;
use rstest::rstest;

use crate::place::{assert_done, assert_fails};
use crate::program::{World, run};
use crate::user::rclone_for_everybody;

#[test]
fn a_new_key_is_random_and_comes_with_a_warning() {
    let world = World::new();
    let [one, other] = [(), ()].map(|()| run(&mut world.command(&["key", "generate"])));
    for done in [&one, &other] {
        assert_done(done);
        let password = Password::reveal(done.stdout.strip_suffix('\n').unwrap()).unwrap();
        // 256 bits in base64.
        assert_eq!(password.expose().len(), 43);
        assert!(done.stderr.contains("whoever loses it loses the data"), "{}", done.stderr);
        assert!(!done.stderr.contains(done.stdout.trim()), "{}", done.stderr);
    }
    assert_ne!(one.stdout, other.stdout);
}

#[test]
fn a_new_key_encrypts() {
    let world = World::new();
    let password = run(&mut world.command(&["key", "generate"])).stdout.trim().to_owned();
    assert_done(&run(&mut encrypted(
        &world,
        &["sync-to-remote", "-s", "data", "--state-dir", "state"],
        &password,
    )));
    assert_done(&run(&mut encrypted(
        &world,
        &["remote-to-local-sync", "-d", "back", "--state-dir", "state"],
        &password,
    )));
    assert_eq!(fs::read(world.path("back/file")).unwrap(), b"content");
}

fn encrypted(world: &World, arguments: &[&str], password: &str) -> Command {
    let mut command = world.command(arguments);
    command.args(["-p", "type=local"]);
    command.env("ENCRYPTED_REMOTE", format!("remote:{}", world.path("mirror").display()));
    command.env("ENCRYPTED_PASSWORD", password);
    command
}

#[rstest]
#[case("native", "encrypted local ")]
#[case("rclone", "remote_encrypted:/ through rclone ")]
fn a_check_tells_whether_the_key_opens_the_remote(#[case] engine: &str, #[case] label: &str) {
    let world = World::new();
    let [right, wrong] = ["correct horse", "correct pony"].map(|password| obscure(password).unwrap());
    let check = |password: &str| {
        let mut command = encrypted(&world, &["key", "check", "-v"], password);
        let done = run(command.env("PODFS_ENGINE", engine).env("PODFS_RCLONE", rclone_for_everybody()));
        for secret in ["correct horse", "correct pony", &right, &wrong] {
            assert!(!format!("{}{}", done.stdout, done.stderr).contains(secret));
        }
        done
    };
    for password in [&right, &wrong] {
        let done = check(password);
        assert_done(&done);
        assert!(done.stdout.contains(" is empty: any key will do"), "{}", done.stdout);
    }
    assert!(!world.path("mirror").exists(), "a check changes nothing");
    assert_done(&run(&mut encrypted(
        &world,
        &["sync-to-remote", "-s", "data", "--state-dir", "state"],
        &right,
    )));
    let done = check(&right);
    assert_done(&done);
    assert!(done.stdout.starts_with(&format!("the key opens {label}")), "{}", done.stdout);
    assert_eq!(done.stdout.lines().count(), 1);
    assert_fails(&check(&wrong), 2, &["the key does not open what is there"]);
}

#[test]
fn a_remote_without_encryption_has_no_key_to_check() {
    let world = World::new();
    let mut command = world.command(&["key", "check", "-p", "type=local", "-d"]);
    assert_fails(&run(command.arg(world.path("mirror"))), 2, &["is not encrypted by us"]);
}
