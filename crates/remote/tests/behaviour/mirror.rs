//! The remote becomes what the source is, and a restore brings it back.

use std::time::{Duration, SystemTime};

use podfs_sync::{RelativePath, Verdict, head};
use podfs_testkit::tree::{sample_tree, snapshot};

use crate::behind::put;
use crate::bench::{Bench, write_below};
use crate::place::Place;

on_every_place! {
    a_tree_with_hostile_names_goes_out_and_comes_back,
    names_that_the_remote_cannot_hold_are_reported,
    a_second_sync_has_nothing_to_do,
    changes_deletes_and_swapped_kinds_are_mirrored,
    without_deletes_nothing_is_ever_taken_away,
    our_own_folder_is_never_restored_and_can_be_left_out,
    what_a_file_system_keeps_for_itself_is_left_alone_on_both_sides,
}

async fn a_tree_with_hostile_names_goes_out_and_comes_back(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    sample_tree(&bench.source()).unwrap();
    remove_where(&bench, |path| bench.place.misspells(path));
    let refused = remove_what_the_remote_cannot_hold(&bench);
    let report = bench.upload().await;
    assert_eq!(report.failures, [], "refused beforehand: {refused:?}");
    let files = bench.listed().await.len() as u64;
    assert_eq!(report.copied, files);
    let report = bench.restore().await;
    assert_eq!((report.copied, report.failed), (files, 0), "{:?}", report.failures);
    bench.assert_restored();
}

/// Files that cannot be stored are reported one by one and keep nothing else from being stored.
async fn names_that_the_remote_cannot_hold_are_reported(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    sample_tree(&bench.source()).unwrap();
    remove_where(&bench, |path| bench.place.misspells(path));
    let all =
        bench.source_tree().values().filter(|state| state.kind == podfs_testkit::tree::Kind::File).count();
    let report = bench.upload().await;
    assert_eq!(report.verdict() == Verdict::Partial, report.unsupported_names > 0, "{:?}", report.failures);
    assert_eq!(report.copied + report.unsupported_names, all as u64, "{:?}", report.failures);
    assert_eq!(bench.listed().await.len() as u64, report.copied);
    let refused = remove_what_the_remote_cannot_hold(&bench);
    assert_eq!(refused.len() as u64, report.unsupported_names);
}

async fn a_second_sync_has_nothing_to_do(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for (path, content) in [("a", "1"), ("b/c", "22"), ("b/d/e", "")] {
        bench.write(path, content);
    }
    assert_eq!(bench.upload().await.copied, 3);
    let generation = bench.head().await.unwrap().generation;
    let again = bench.upload().await;
    assert_eq!((again.copied, again.deleted, again.unchanged), (0, 0, 3));
    assert_eq!(bench.head().await.unwrap().generation, generation);
    assert_eq!(bench.restore().await.copied, 3);
    let again = bench.restore().await;
    assert_eq!((again.copied, again.deleted, again.unchanged), (0, 0, 3));
}

async fn changes_deletes_and_swapped_kinds_are_mirrored(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for path in ["same", "longer", "touched", "gone", "folder/gone", "file-to-folder", "folder-to-file/x/y"] {
        bench.write(path, "content");
    }
    bench.upload().await;
    bench.restore().await;
    bench.write("longer", "more content");
    let source = bench.source();
    let later = SystemTime::now() + Duration::from_secs(5);
    // Without modification times, a store cannot show a change that keeps the size within a second.
    let times = bench.remote().abilities().time_precision.is_some();
    std::fs::write(source.join("touched"), if times { "CONTENT" } else { "CONTENT!" }).unwrap();
    std::fs::File::open(source.join("touched")).unwrap().set_modified(later).unwrap();
    std::fs::remove_file(source.join("gone")).unwrap();
    std::fs::remove_dir_all(source.join("folder")).unwrap();
    std::fs::remove_file(source.join("file-to-folder")).unwrap();
    bench.write("file-to-folder/inside", "content");
    std::fs::remove_dir_all(source.join("folder-to-file")).unwrap();
    bench.write("folder-to-file", "content");
    bench.write("new/deep/file", "content");

    let report = bench.upload().await;
    assert_eq!(report.failures, []);
    assert_eq!((report.copied, report.deleted, report.unchanged), (5, 4, 1));
    let expected = ["file-to-folder/inside", "folder-to-file", "longer", "new/deep/file", "same", "touched"];
    assert_eq!(bench.listed().await, expected);
    let report = bench.restore().await;
    assert_eq!((report.copied, report.deleted, report.unchanged), (5, 4, 1), "{:?}", report.failures);
    bench.assert_restored();
    assert!(!bench.target().join("folder").exists(), "a folder that a delete emptied goes with it");
}

/// Also where no manifest tells which folders there are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_takes_the_place_of_folders_without_files() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "content");
    bench.upload_with(|settings| settings.plain = true).await.unwrap();
    std::fs::create_dir_all(bench.target().join("a/b/c")).unwrap();
    let report = bench.restore().await;
    assert_eq!((report.failures.as_slice(), report.copied), (&[][..], 1));
    bench.assert_restored();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_manifest_a_link_in_the_way_of_a_file_stays() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "content");
    bench.upload_with(|settings| settings.plain = true).await.unwrap();
    std::fs::create_dir(bench.target().join("a")).unwrap();
    std::os::unix::fs::symlink("elsewhere", bench.target().join("a/link")).unwrap();
    let report = bench.restore_with(|settings| settings.plain = true).await.unwrap();
    assert_eq!((report.failures.len(), report.copied), (1, 0), "{:?}", report.failures);
    assert_eq!(report.failures[0].path, "a");
    assert_eq!(std::fs::read_link(bench.target().join("a/link")).unwrap(), std::path::Path::new("elsewhere"));
}

async fn without_deletes_nothing_is_ever_taken_away(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.write("b", "1");
    bench.upload().await;
    std::fs::remove_file(bench.source().join("a")).unwrap();
    let report = bench.upload_with(|settings| settings.delete = false).await.unwrap();
    assert_eq!((report.deleted, report.unchanged), (0, 1));
    assert_eq!(bench.listed().await, ["a", "b"]);
    write_below(&bench.target(), "mine", "kept");
    let report = bench.restore_with(|settings| settings.delete = false).await.unwrap();
    assert_eq!((report.copied, report.deleted), (2, 0));
    assert_eq!(std::fs::read_to_string(bench.target().join("mine")).unwrap(), "kept");
    let report = bench.restore_with(|settings| settings.overwrite = true).await.unwrap();
    assert_eq!(report.deleted, 1);
    assert!(!bench.target().join("mine").exists());
}

async fn our_own_folder_is_never_restored_and_can_be_left_out(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.write(".podfs/head", "a user's file of this name is skipped");
    let report = bench.upload_with(|settings| settings.plain = true).await.unwrap();
    assert_eq!((report.copied, report.skipped.values().sum::<u64>()), (1, 1));
    assert_eq!(bench.head().await, None, "--plain adds nothing");
    bench.write("b", "1");
    bench.upload().await;
    let written = bench.head().await.unwrap();
    assert_eq!((written.generation, written.state), (1, head::State::Flushed));
    bench.restore().await;
    let restored = snapshot(&bench.target()).unwrap();
    assert_eq!(restored.keys().map(|path| String::from_utf8_lossy(path)).collect::<Vec<_>>(), ["a", "b"]);
}

/// A configuration with secrets in it must not go out with the tree, nor be deleted by a restore.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_excluded_file_is_left_alone_on_both_sides() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "1");
    bench.write("conf/rclone.conf", "secret");
    let excluded = vec![podfs_sync::RelativePath::parse("conf/rclone.conf").unwrap()];
    let report = bench.upload_with(|settings| settings.excluded = excluded.clone()).await.unwrap();
    assert_eq!((report.copied, report.skipped.values().sum::<u64>()), (1, 1));
    assert_eq!(bench.listed().await, ["a"]);
    write_below(&bench.target(), "conf/rclone.conf", "mine");
    bench.restore_with(|settings| settings.excluded = excluded).await.unwrap();
    assert_eq!(std::fs::read_to_string(bench.target().join("conf/rclone.conf")).unwrap(), "mine");
}

fn remove_where(bench: &Bench, unwanted: impl Fn(&[u8]) -> bool) {
    use std::os::unix::ffi::OsStrExt;
    for path in bench.source_tree().keys().filter(|path| unwanted(path)) {
        std::fs::remove_file(bench.source().join(std::ffi::OsStr::from_bytes(path))).unwrap();
    }
}

/// What the remote refuses by itself, and what is too long for what lies behind it.
fn remove_what_the_remote_cannot_hold(bench: &Bench) -> Vec<String> {
    use std::os::unix::ffi::OsStrExt;
    let mut refused = Vec::new();
    for (path, state) in bench.source_tree() {
        if state.kind != podfs_testkit::tree::Kind::File {
            continue;
        }
        let relative = podfs_sync::RelativePath::parse(path.clone()).unwrap();
        let refusal = match bench.remote().check_name(&relative) {
            Err(error) => error.to_string(),
            Ok(()) if bench.place.cannot_hold(&path) => format!("{relative} does not fit"),
            Ok(()) => continue,
        };
        std::fs::remove_file(bench.source().join(std::ffi::OsStr::from_bytes(&path))).unwrap();
        refused.push(refusal);
    }
    refused
}

/// A volume with a file system of its own has the folder too, and what `fsck` found is no part of the tree.
async fn what_a_file_system_keeps_for_itself_is_left_alone_on_both_sides(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a/lost+found/file", "of the user");
    bench.write("lost+found/here", "1");
    put(&bench, "lost+found/there", "1", 1_600_000_000).await;
    for plain in [true, false] {
        let report = bench.upload_with(|settings| settings.plain = plain).await.unwrap();
        assert_eq!((report.copied, report.deleted), (u64::from(plain), 0), "{report:?}");
    }
    let stored = RelativePath::parse("lost+found/there").unwrap();
    assert!(bench.remote().stat(&stored).await.unwrap().is_some(), "it stays");
    let report = bench.restore().await;
    assert_eq!((report.copied, report.verdict()), (1, Verdict::Done), "{report:?}");
    assert!(bench.target().join("a/lost+found/file").exists());
    assert!(!bench.target().join("lost+found").exists());
}
