//! Encrypted remotes: crypt over a bucket, there and back, readable by stock rclone.

use std::fs;
use std::process::Command;

use podfs_testkit::servers::obscure;
use podfs_testkit::tree::{Compare, assert_same, plain_tree, snapshot};
use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails};
use crate::program::run;

/// The variables that the operator sets for `automaticEncryption`.
fn encrypted(mut command: Command, place: &Place, password: &str, names: &str) -> Command {
    command
        .env("ENCRYPTED_REMOTE", format!("remote:/{}", place.path))
        .env("ENCRYPTED_PASSWORD", password)
        .env("ENCRYPTED_FILENAME_ENCRYPTION", names);
    command
}

#[rstest]
fn an_encrypted_tree_comes_back_and_stock_rclone_reads_it(
    #[values("obfuscate", "standard", "off")] names: &str,
) {
    let mut place = Place::s3("auto");
    let (bucket_path, password) = (place.path.clone(), obscure("correct horse").unwrap());
    plain_tree(&place.world.path("data")).unwrap();
    fs::write(place.world.path("data/readable"), "plain text that must not be seen").unwrap();
    let at = Place { world: crate::program::World::new(), params: place.params.clone(), path: bucket_path, engine: "auto" };
    // `-d` is not needed with encryption.
    place.path = "/".to_owned();

    assert_done(&run(&mut encrypted(place.up(&[]), &at, &password, names)));
    let objects = at.objects();
    assert!(!objects.is_empty());
    for name in objects.keys() {
        let content = at.object(name).unwrap();
        assert!(content.starts_with(b"RCLONE\0\0"), "{name} is not encrypted");
    }
    assert_eq!(objects.contains_key("readable"), false, "the name is not hidden (or has no suffix)");

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
    let mut place = Place::s3("auto");
    let at = Place { world: crate::program::World::new(), params: place.params.clone(), path: place.path.clone(), engine: "auto" };
    place.path = "/".to_owned();
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
    let mut place = Place::s3("auto");
    let at = Place { world: crate::program::World::new(), params: place.params.clone(), path: place.path.clone(), engine: "auto" };
    place.path = "/".to_owned();
    let [right, wrong] = ["correct horse", "battery staple"].map(|password| obscure(password).unwrap());
    assert_done(&run(&mut encrypted(place.up(&["--plain"]), &at, &right, "off")));
    let done = run(&mut encrypted(place.down("back", &["--plain"]), &at, &wrong, "off"));
    assert_eq!(done.code, Some(1), "{}{}", done.stdout, done.stderr);
    assert!(!place.world.path("back/file").exists());
}

#[test]
fn a_password_that_was_never_obscured_is_said() {
    let mut place = Place::s3("auto");
    let at = Place { world: crate::program::World::new(), params: place.params.clone(), path: place.path.clone(), engine: "auto" };
    place.path = "/".to_owned();
    let done = run(&mut encrypted(place.up(&[]), &at, "in plain text!", "off"));
    assert_fails(&done, 2, &["obscure"]);
    assert!(at.objects().is_empty());
}

#[test]
fn encryption_that_does_not_say_what_to_encrypt_is_refused() {
    let place = Place::s3("auto");
    let done = run(place.up(&[]).env("ENCRYPTED_PASSWORD", "x"));
    assert_fails(&done, 2, &["ENCRYPTED_REMOTE"]);
}
