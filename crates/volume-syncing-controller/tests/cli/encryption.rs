//! Encrypted remotes: crypt over a bucket, there and back, readable by stock rclone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use podfs_testkit::servers::obscure;
use podfs_testkit::tree::{Compare, assert_same, plain_tree, snapshot};
use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails, names_below, object, objects};
use crate::program::{Running, World, run};
use crate::user::{give_away, without_rights};

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
    #[values("native", "rclone")] engine: &'static str,
) {
    let (mut place, at) = place();
    place.engine = engine;
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

#[rstest]
fn what_stock_rclone_encrypted_restores(#[values("native", "rclone")] engine: &'static str) {
    let (mut place, at) = place();
    place.engine = engine;
    let password = obscure("correct horse").unwrap();
    plain_tree(&place.world.path("data")).unwrap();
    assert_done(&run(&mut encrypted(place.up(&["--dry-run"]), &at, &password, "obfuscate")));
    assert_done(&place.rclone(&["sync", "data", "remote_encrypted:"]));
    assert_done(&run(&mut encrypted(place.down("back", &[]), &at, &password, "obfuscate")));
    let [data, back] = ["data", "back"].map(|name| snapshot(&place.world.path(name)).unwrap());
    assert_same(&data, &back, Compare::MIRROR).unwrap();
}

/// All that a bucket holds there, with the contents.
fn everything(at: &str) -> BTreeMap<String, Vec<u8>> {
    objects(at).into_keys().map(|name| (name.clone(), object(at, &name).unwrap())).collect()
}

/// A wrong key would see an empty remote: it must not put a second tree beside the first, nor clear a restored one.
#[rstest]
fn a_wrong_password_is_told_before_anything_is_sent(
    #[values("obfuscate", "standard", "off")] names: &str,
    #[values(&[][..], &["--plain"])] more: &[&str],
    #[values("correct pony", "")] wrong: &str,
    #[values("native", "rclone")] engine: &'static str,
) {
    let (mut place, at) = place();
    place.engine = engine;
    let [right, wrong] = ["correct horse", wrong].map(|password| obscure(password).unwrap());
    assert_done(&run(&mut encrypted(place.up(more), &at, &right, names)));
    let before = everything(&at);
    assert!(!before.is_empty());
    fs::write(place.world.path("data/new"), "new").unwrap();
    fs::create_dir(place.world.path("back")).unwrap();
    fs::write(place.world.path("back/kept"), "kept").unwrap();
    let force = [more, &["-n"]].concat();
    for mut command in [place.up(more), place.up(&["-f", "--dry-run"]), place.down("back", &force)] {
        command = encrypted(command, &at, &wrong, names);
        let done = run(&mut command);
        assert_fails(&done, 2, &["the key does not open what is there; nothing was changed"]);
        assert!(!done.stderr.contains(wrong.as_str()), "{}", done.stderr);
    }
    assert_eq!(everything(&at), before);
    assert_eq!(names_below(&place.world.path("back")), ["kept"]);
}

/// Where names of directories are encrypted, another key leads to another directory, which is empty.
#[rstest]
fn a_wrong_password_for_a_directory_below_is_told(
    #[values("obfuscate", "standard")] names: &str,
    #[values("native", "rclone")] engine: &'static str,
) {
    let (mut place, at) = place();
    place.engine = engine;
    let [right, wrong] = ["correct horse", "battery staple"].map(|password| obscure(password).unwrap());
    place.path = "one".to_owned();
    assert_done(&run(&mut encrypted(place.up(&[]), &at, &right, names)));
    let before = everything(&at);
    for path in ["one", "another"] {
        place.path = path.to_owned();
        let done = run(&mut encrypted(place.up(&[]), &at, &wrong, names));
        assert_fails(&done, 2, &["the key does not open what is there; nothing was changed"]);
    }
    assert_eq!(everything(&at), before);
    assert_done(&run(&mut encrypted(place.up(&[]), &at, &right, names)));
}

#[rstest]
fn directories_with_plain_names_may_have_keys_of_their_own(
    #[values("native", "rclone")] engine: &'static str,
) {
    let (mut place, at) = place();
    place.engine = engine;
    for (password, back) in [("correct horse", "one"), ("battery staple", "two")] {
        place.path = password.to_owned();
        let password = obscure(password).unwrap();
        assert_done(&run(&mut encrypted(place.up(&[]), &at, &password, "off")));
        assert_done(&run(&mut encrypted(place.down(back, &[]), &at, &password, "off")));
        assert_eq!(fs::read(place.world.path(back).join("file")).unwrap(), b"content");
    }
}

/// The second password is a part of the key.
#[rstest]
fn a_wrong_second_password_is_a_wrong_key(#[values("native", "rclone")] engine: &'static str) {
    let (mut place, at) = place();
    place.engine = engine;
    let [password, salt, other] = ["correct horse", "salt", "pepper"].map(|word| obscure(word).unwrap());
    let salted = |mut command: Command, salt: Option<&str>| {
        command.envs(salt.map(|salt| ("ENCRYPTED_PASSWORD2", salt)));
        run(&mut encrypted(command, &at, &password, "standard"))
    };
    assert_done(&salted(place.up(&[]), Some(&salt)));
    let before = everything(&at);
    for wrong in [Some(other.as_str()), None] {
        let done = salted(place.up(&[]), wrong);
        assert_fails(&done, 2, &["the key does not open what is there; nothing was changed"]);
    }
    assert_eq!(everything(&at), before);
    assert_done(&salted(place.down("back", &[]), Some(&salt)));
    assert_eq!(fs::read(place.world.path("back/file")).unwrap(), b"content");
}

/// Names of files encrypted and those of directories not.
#[rstest]
fn names_of_directories_can_stay_as_they_are(#[values("native", "rclone")] engine: &'static str) {
    let (mut place, at) = place();
    place.engine = engine;
    let password = obscure("correct horse").unwrap();
    plain_tree(&place.world.path("data")).unwrap();
    fs::create_dir(place.world.path("data/seen as it is")).unwrap();
    fs::write(place.world.path("data/seen as it is/secret"), "content").unwrap();
    let configured = |command: Command| {
        let mut command = encrypted(command, &at, &password, "standard");
        command.env("ENCRYPTED_DIRECTORY_NAME_ENCRYPTION", "false");
        run(&mut command)
    };
    assert_done(&configured(place.up(&[])));
    let objects = objects(&at);
    assert!(objects.keys().any(|name| name.starts_with("seen as it is/")), "{objects:?}");
    assert!(!objects.keys().any(|name| name.contains("secret")), "{objects:?}");
    assert_done(&place.rclone(&["cryptcheck", "data", "remote_encrypted:", "--exclude", "/.podfs/**"]));
    assert_done(&configured(place.down("back", &[])));
    let [data, back] = ["data", "back"].map(|name| snapshot(&place.world.path(name)).unwrap());
    assert_same(&data, &back, Compare::MIRROR).unwrap();
}

#[rstest]
fn the_way_is_told(#[values("auto", "native", "rclone")] engine: &'static str) {
    let (mut place, at) = place();
    place.engine = engine;
    let password = obscure("x").unwrap();
    let done = run(&mut encrypted(place.up(&["-v"]), &at, &password, "standard"));
    assert_done(&done);
    let expected =
        if engine == "rclone" { "PODFS_ENGINE=rclone asks for it" } else { "the remote is encrypted s3 " };
    assert!(done.stderr.contains(expected), "{}", done.stderr);
}

#[test]
fn settings_that_only_rclone_has_go_through_rclone() {
    let (place, at) = place();
    let password = obscure("x").unwrap();
    let mut command = encrypted(place.up(&["-v"]), &at, &password, "standard");
    let done = run(command.env("ENCRYPTED_NO_DATA_ENCRYPTION", "true"));
    assert_done(&done);
    assert!(done.stderr.contains("crypt key no_data_encryption"), "{}", done.stderr);
}

/// `-d` is a directory below the one that is encrypted, as it is for stock rclone.
#[rstest]
fn a_directory_below_is_the_one_that_rclone_means(#[values("standard", "obfuscate", "off")] names: &str) {
    let (mut place, at) = place();
    place.path = "some/direc tory".to_owned();
    let password = obscure("correct horse").unwrap();
    assert_done(&run(&mut encrypted(place.up(&[]), &at, &password, names)));
    let filter = ["--exclude", "/.podfs/**"];
    assert_done(&place.rclone(
        &[&["check", "--download", "data", "remote_encrypted:some/direc tory"], &filter[..]].concat(),
    ));
}

#[test]
fn a_directory_of_this_machine_is_encrypted_too_and_must_not_overlap() {
    let world = World::new();
    let password = obscure("correct horse").unwrap();
    let command = |arguments: &[&str], remote: &str| {
        let mut command = world.command(arguments);
        command.args(["--state-dir", "state", "-p", "type=local"]);
        command.env("ENCRYPTED_REMOTE", remote).env("ENCRYPTED_PASSWORD", &password);
        command
    };
    let at = world.path("mirror").display().to_string();
    for remote in [at.clone(), format!("remote:{at}")] {
        assert_done(&run(&mut command(&["sync-to-remote", "-s", "data"], &remote)));
        assert_done(&run(&mut command(&["remote-to-local-sync", "-d", "back"], &remote)));
        assert_eq!(fs::read(world.path("back/file")).unwrap(), b"content");
    }
    assert!(names_below(&world.path("mirror")).iter().all(|name| !name.contains("file")));
    let inside = world.path("data/mirror").display().to_string();
    assert_fails(&run(&mut command(&["sync-to-remote", "-s", "data"], &inside)), 2, &["overlap"]);
}

/// What nobody may read while a key is in memory belongs to root in `/proc`.
#[test]
fn a_process_with_a_key_leaves_no_core_dump() {
    let world = World::new();
    let owner = |remote: Option<&str>| {
        let mut command = world.scheduled("@yearly", &[]);
        if let Some(remote) = remote {
            command
                .env("ENCRYPTED_REMOTE", remote)
                .env("ENCRYPTED_PASSWORD", obscure("x").unwrap())
                .args(["-d", "/"]);
        }
        give_away(&world);
        let mut running = Running::start(without_rights(&mut command));
        running.wait_for("the remote is ");
        let owner = fs::metadata(format!("/proc/{}/mem", running.pid())).unwrap().uid();
        running.signal(rustix::process::Signal::TERM);
        assert_eq!(running.end().0, Some(0));
        owner
    };
    let at = world.path("mirror").display().to_string();
    assert_ne!(owner(None), 0, "nothing to see without a key");
    assert_eq!(owner(Some(&format!("{at}/encrypted"))), 0);
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
