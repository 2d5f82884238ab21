//! Encrypted remotes: crypt over a bucket, there and back, readable by stock rclone.

use std::fs;
use std::process::Command;

use podfs_testkit::servers::obscure;
use podfs_testkit::tree::{Compare, assert_same, plain_tree, snapshot};
use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails, object, objects};
use crate::program::run;

/// A place whose remote path is left out, as it may be with encryption, and where the encrypted objects go.
fn place() -> (Place, String) {
    let mut place = Place::s3("auto");
    let at = std::mem::replace(&mut place.path, "/".to_owned());
    (place, at)
}

/// The variables that the operator sets for `automaticEncryption`.
fn encrypted(mut command: Command, at: &str, password: &str, names: &str) -> Command {
    command
        .env("ENCRYPTED_REMOTE", format!("remote:/{at}"))
        .env("ENCRYPTED_PASSWORD", password)
        .env("ENCRYPTED_FILENAME_ENCRYPTION", names);
    command
}

#[rstest]
fn an_encrypted_tree_comes_back_and_stock_rclone_reads_it(
    #[values("obfuscate", "standard", "off")] names: &str,
) {
    let (place, at) = place();
    let password = obscure("correct horse").unwrap();
    plain_tree(&place.world.path("data")).unwrap();
    fs::write(place.world.path("data/readable"), "plain text that must not be seen").unwrap();
    assert_done(&run(&mut encrypted(place.up(&[]), &at, &password, names)));
    let objects = objects(&at);
    assert!(!objects.is_empty());
    for name in objects.keys() {
        let content = object(&at, name).unwrap();
        assert!(content.starts_with(b"RCLONE\0\0"), "{name} is not encrypted");
    }
    assert!(!objects.contains_key("readable"), "the name is as it was");

    assert_done(&place.rclone(&["cryptcheck", "data", "remote_encrypted:", "--exclude", "/.podfs/**"]));
    assert_done(&place.rclone(&["copy", "remote_encrypted:", "stock", "--exclude", "/.podfs/**"]));
    assert_done(&run(&mut encrypted(place.down("back", &[]), &at, &password, names)));
    let [data, stock, back] =
        ["data", "stock", "back"].map(|name| snapshot(&place.world.path(name)).unwrap());
    assert_same(&data, &stock, Compare::MIRROR).unwrap();
    assert_same(&data, &back, Compare::MIRROR).unwrap();
    let again = run(&mut encrypted(place.up(&[]), &at, &password, names));
    assert!(again.stdout.starts_with("copied 0 files (0 B), deleted 0,"), "{}", again.stdout);
}

#[test]
fn what_stock_rclone_encrypted_restores() {
    let (place, at) = place();
    let password = obscure("correct horse").unwrap();
    plain_tree(&place.world.path("data")).unwrap();
    assert_done(&run(&mut encrypted(place.up(&["--dry-run"]), &at, &password, "obfuscate")));
    assert_done(&place.rclone(&["sync", "data", "remote_encrypted:"]));
    assert_done(&run(&mut encrypted(place.down("back", &[]), &at, &password, "obfuscate")));
    let [data, back] = ["data", "back"].map(|name| snapshot(&place.world.path(name)).unwrap());
    assert_same(&data, &back, Compare::MIRROR).unwrap();
}

/// With names in plain, a wrong password is met only when the content is read.
#[test]
fn a_wrong_password_restores_nothing() {
    let (place, at) = place();
    let [right, wrong] = ["correct horse", "battery staple"].map(|password| obscure(password).unwrap());
    assert_done(&run(&mut encrypted(place.up(&["--plain"]), &at, &right, "off")));
    let done = run(&mut encrypted(place.down("back", &["--plain"]), &at, &wrong, "off"));
    assert_eq!(done.code, Some(1), "{}{}", done.stdout, done.stderr);
    assert!(!place.world.path("back/file").exists());
}

#[test]
fn a_password_that_was_never_obscured_is_said() {
    let (place, at) = place();
    let done = run(&mut encrypted(place.up(&[]), &at, "in plain text!", "off"));
    assert_fails(&done, 2, &["obscure"]);
    assert!(objects(&at).is_empty());
}

#[test]
fn encryption_that_does_not_say_what_to_encrypt_is_refused() {
    let place = Place::s3("auto");
    let done = run(place.up(&[]).env("ENCRYPTED_PASSWORD", "x"));
    assert_fails(&done, 2, &["ENCRYPTED_REMOTE"]);
}
