//! What comes back is what was there: judged by rsync where it is root who restores, and by our own report where not.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use podfs_testkit::servers::{RcloneServer, obscure};
use podfs_testkit::tree::{Compare, assert_same, attribute_tree, plain_tree, snapshot, special_files};
use rstest::rstest;
use serde_json::Value;

use crate::place::{Place, assert_done, names_below};
use crate::program::{Done, World, run};
use crate::user::{NOBODY, give_away, without_rights};

fn fill(world: &World) {
    plain_tree(&world.path("data")).unwrap();
    attribute_tree(&world.path("data")).unwrap();
}

/// What rsync would have to change to make `to` what `from` is. Our receipt is not of the tree.
///
/// Only rsync itself can say this. A machine without it compares by snapshots alone; where everything is tested
/// (`CI=true`) that is not enough.
fn rsync(from: &Path, to: &Path) -> Option<String> {
    let mut command = Command::new("rsync");
    command.args(["-aHAXSn", "--checksum", "--delete", "-i", "--filter=-x user.podfs.receipt"]);
    let [from, to] = [from, to].map(|path| format!("{}/", path.display()));
    match command.arg(from).arg(to).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(_) => {
            assert!(std::env::var_os("CI").is_none(), "rsync is missing");
            eprintln!("rsync is missing on this machine: compared by snapshots ALONE");
            None
        }
    }
}

fn assert_equal(world: &World, back: &str) {
    let (data, back) = (world.path("data"), world.path(back));
    assert_same(&snapshot(&data).unwrap(), &snapshot(&back).unwrap(), Compare::ALL).unwrap();
    if let Some(changes) = rsync(&data, &back) {
        assert_eq!(changes, "");
    }
}

fn goes_out_and_comes_back(mut place: Place, encrypted: bool) {
    fill(&place.world);
    let mut flags = Vec::new();
    if encrypted {
        let at = std::mem::replace(&mut place.path, "/".to_owned());
        let password = obscure("correct horse").unwrap();
        let parameters =
            [format!("remote=remote:/{}", at.trim_start_matches('/')), format!("password={password}")];
        flags = parameters.into_iter().flat_map(|parameter| ["-e".to_owned(), parameter]).collect();
    }
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    assert_done(&run(&mut place.up(&flags)));
    assert_done(&run(&mut place.down("back", &flags)));
    assert_equal(&place.world, "back");
    for mut again in [place.up(&flags), place.down("back", &flags)] {
        let again = run(&mut again);
        assert!(again.stdout.starts_with("copied 0 files (0 B), deleted 0, unchanged"), "{}", again.stdout);
    }
    assert_equal(&place.world, "back");
}

#[rstest]
fn rsync_finds_no_difference_after_a_bucket(
    #[values(false, true)] encrypted: bool,
    #[values("native", "rclone")] engine: &'static str,
) {
    goes_out_and_comes_back(Place::s3(engine), encrypted);
}

#[rstest]
fn rsync_finds_no_difference_after_sftp(#[values(false, true)] encrypted: bool) {
    let folder = tempfile::tempdir().unwrap();
    let server = RcloneServer::sftp(folder.path()).unwrap();
    goes_out_and_comes_back(Place::new(server.params().unwrap(), "/some/where"), encrypted);
}

#[rstest]
fn rsync_finds_no_difference_after_a_directory(#[values(false, true)] encrypted: bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirror");
    let params = vec![("type".to_owned(), "local".to_owned())];
    goes_out_and_comes_back(Place::new(params, path.to_str().unwrap()), encrypted);
}

/// The comparison would see it.
#[test]
fn rsync_sees_each_kind_of_difference() {
    let world = World::new();
    fill(&world);
    fs::create_dir(world.path("empty")).unwrap();
    let Some(changes) = rsync(&world.path("data"), &world.path("empty")) else { return };
    assert!(changes.lines().count() > 40, "{changes}");
}

fn restore(world: &World, more: &[&str]) -> Done {
    let mut command = world.command(&["remote-to-local-sync", "-p", "type=local", "-d", "back"]);
    command.arg("-s").arg(world.path("mirror")).arg("--state-dir").arg(world.path("state-of-nobody"));
    command.args(["--output", "json"]).args(more);
    run(without_rights(&mut command))
}

#[test]
fn another_user_than_root_gets_what_it_may_and_a_report_of_the_rest() {
    let world = World::new();
    fill(&world);
    special_files(&world.path("data")).unwrap();
    assert_done(&run(&mut world.sync(&[])));
    let data = snapshot(&world.path("data")).unwrap();
    give_away(&world);
    let done = restore(&world, &[]);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    let value: Value = serde_json::from_str(&done.stdout).unwrap();
    let losses = &value["result"]["losses"];
    // Other names of a file share what it lost.
    let files = data.iter().filter(|(path, state)| {
        let first = state.first_name.as_ref().is_none_or(|first| first == *path);
        first && state.kind != podfs_testkit::tree::Kind::Other && state.owner != (NOBODY, NOBODY)
    });
    assert_eq!(losses["owners"], files.count(), "{losses}");
    assert_eq!(losses["modes"], 4, "each file with a set-id bit: {losses}");
    assert_eq!(losses["sets of extended attributes"], 1, "the capability: {losses}");
    assert_eq!(losses["FIFOs, sockets or devices"], 2, "{losses}");
    assert_eq!(losses.as_object().unwrap().len(), 4, "{losses}");
    for (path, state) in snapshot(&world.path("back")).unwrap() {
        let name = String::from_utf8_lossy(&path).into_owned();
        let expected = &data[&path];
        assert_eq!(state.owner, (NOBODY, NOBODY), "{name}");
        assert_eq!((&state.sha256, state.mtime_ns), (&expected.sha256, expected.mtime_ns), "{name}");
        if state.kind == podfs_testkit::tree::Kind::File {
            assert_eq!(state.mode, expected.mode & 0o1777, "{name}");
        }
    }
}

/// As in a Go module cache.
#[rstest]
fn folders_that_nobody_may_write_to_are_restored_again(#[values(&[][..], &["--plain"])] plain: &[&str]) {
    let world = World::new();
    let folder = world.path("data/read/only");
    fs::create_dir_all(&folder).unwrap();
    for name in ["stays", "changes", "goes"] {
        fs::write(folder.join(name), "content").unwrap();
    }
    let set = |tree: &str, mode| {
        for folder in ["read/only", "read"] {
            let folder = world.path(tree).join(folder);
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set("data", 0o555);
    assert_done(&run(&mut world.sync(plain)));
    give_away(&world);
    assert_done(&restore(&world, plain));
    set("back", 0o555);
    fs::write(folder.join("changes"), "other content").unwrap();
    fs::remove_file(folder.join("goes")).unwrap();
    fs::create_dir(world.path("data/read/new")).unwrap();
    fs::write(world.path("data/read/new/file"), "content").unwrap();
    assert_done(&run(&mut world.sync(plain)));
    give_away(&world);
    assert_done(&restore(&world, &[plain, &["-n"]].concat()));
    assert_eq!(
        names_below(&world.path("back/read")),
        ["new", "new/file", "only", "only/changes", "only/stays"]
    );
    assert_eq!(fs::read(world.path("back/read/only/changes")).unwrap(), b"other content");
    for folder in ["back/read", "back/read/only"] {
        assert_eq!(fs::metadata(world.path(folder)).unwrap().mode() & 0o7777, 0o555, "{folder}");
    }
}

#[test]
fn where_every_loss_counts_the_restore_fails_and_says_what_was_lost() {
    let world = World::new();
    let file = world.path("data/file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o4755)).unwrap();
    assert_done(&run(&mut world.sync(&[])));
    give_away(&world);
    let done = restore(&world, &["--fidelity", "strict"]);
    assert_eq!(done.code, Some(1), "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("1 owner could not be given back"), "{}", done.stdout);
    assert!(done.stdout.contains("1 mode could not be given back"), "{}", done.stdout);
    assert_eq!(fs::metadata(world.path("back/file")).unwrap().mode() & 0o7777, 0o755);
}
