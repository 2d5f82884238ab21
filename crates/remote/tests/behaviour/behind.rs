//! A mirror that somebody changed behind our back, and a manifest or head that was damaged or taken away.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use podfs_sync::head::State;
use podfs_sync::local::{LocalRoot, Source};
use podfs_sync::{Direction, RelativePath, Report, Verdict};
use podfs_testkit::tree::plain_tree;

use crate::bench::{Bench, put_object, write_below};
use crate::meddler::Trouble;
use crate::place::Place;

on_every_kind! {
    newer_bytes_win_and_the_next_sync_heals,
    a_deleted_file_that_somebody_puts_back_is_there_again,
    without_our_folder_the_files_come_back_and_the_manifest_begins_anew,
    a_damaged_manifest_is_refused_with_the_way_out_and_heals,
    a_head_that_is_gone_or_damaged_loses_nothing_in_silence,
    what_the_remote_cannot_tell_is_kept_and_reported,
}

fn path(text: &str) -> RelativePath {
    RelativePath::parse(text).unwrap()
}

/// Puts a file on the remote as any other program would.
pub(crate) async fn put(bench: &Bench, name: &str, content: &str, seconds: u64) {
    let elsewhere = bench.folder.path().join("elsewhere");
    write_below(&elsewhere, name, content);
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    fs::File::open(elsewhere.join(name)).unwrap().set_modified(time).unwrap();
    let source = Source::open(&LocalRoot::open(&elsewhere).unwrap(), &path(name)).unwrap();
    bench.remote().upload(&source, &path(name)).await.unwrap();
}

async fn take_away(bench: &Bench, name: &str) {
    assert!(bench.remote().delete(&[path(name)]).await.is_empty());
}

fn fine(report: &Report) {
    assert_eq!(report.verdict(), Verdict::Done, "{report:?}");
}

fn restored(bench: &Bench, name: &str) -> (String, u32) {
    let path: PathBuf = bench.target().join(name);
    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
    (fs::read_to_string(path).unwrap(), mode)
}

async fn newer_bytes_win_and_the_next_sync_heals(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for name in ["replaced", "same size", "gone", "stays", "folder/stays"] {
        bench.write(name, "old");
        fs::set_permissions(bench.source().join(name), fs::Permissions::from_mode(0o640)).unwrap();
    }
    bench.upload().await;
    fine(&bench.restore().await);
    put(&bench, "replaced", "newer and longer", 1_600_000_000).await;
    // Where a store keeps no times, one second is like the other.
    let tells_times = bench.remote().abilities().time_precision.is_some();
    if tells_times {
        put(&bench, "same size", "new", 1_600_000_002).await;
    }
    put(&bench, "folder/added", "added", 1_600_000_004).await;
    take_away(&bench, "gone").await;
    fine(&bench.restore().await);
    assert_eq!(restored(&bench, "replaced"), ("newer and longer".to_owned(), 0o640));
    let same_size = if tells_times { "new" } else { "old" };
    assert_eq!(restored(&bench, "same size"), (same_size.to_owned(), 0o640));
    assert_eq!(restored(&bench, "folder/added").0, "added");
    assert_eq!(restored(&bench, "stays"), ("old".to_owned(), 0o640));
    assert!(!bench.target().join("gone").exists());
    let again = bench.restore().await;
    assert_eq!((again.copied, again.deleted), (0, 0), "{again:?}");
    // The source is the truth again as soon as it speaks.
    let report = bench.upload().await;
    fine(&report);
    assert_eq!((report.copied, report.deleted), (2 + u64::from(tells_times), 1), "{report:?}");
    fine(&bench.restore().await);
    bench.assert_faithful();
    let report = bench.upload().await;
    assert_eq!((report.copied, report.deleted, report.attributes), (0, 0, 0));
}

/// Even with the very content and time that it had.
async fn a_deleted_file_that_somebody_puts_back_is_there_again(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("stays", "1");
    put(&bench, "regretted", "precious", 1_600_000_000).await;
    bench.restore().await;
    fs::copy(bench.target().join("regretted"), bench.source().join("regretted")).unwrap();
    let time = fs::metadata(bench.target().join("regretted")).unwrap().modified().unwrap();
    fs::File::open(bench.source().join("regretted")).unwrap().set_modified(time).unwrap();
    bench.upload().await;
    fs::remove_file(bench.source().join("regretted")).unwrap();
    assert_eq!(bench.upload().await.deleted, 1);
    put(&bench, "regretted", "precious", 1_600_000_000).await;
    fine(&bench.restore().await);
    assert_eq!(restored(&bench, "regretted").0, "precious");
}

async fn with_trees(place: Place) -> Bench {
    let bench = Bench::new(place).await.unwrap();
    plain_tree(&bench.source()).unwrap();
    fs::set_permissions(bench.source().join("top.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    bench.upload().await;
    bench
}

async fn without_our_folder_the_files_come_back_and_the_manifest_begins_anew(place: Place) {
    let bench = with_trees(place).await;
    let own: Vec<RelativePath> = bench.podfs_objects().await.into_iter().map(|(path, _)| path).collect();
    assert!(own.len() >= 2, "a head and a part");
    assert!(bench.remote().delete(&own).await.is_empty());
    fine(&bench.restore().await);
    bench.assert_restored();
    let report = bench.upload().await;
    fine(&report);
    assert_eq!((report.copied, report.deleted), (0, 0));
    assert!(report.attributes > 10, "{report:?}");
    fine(&bench.restore().await);
    bench.assert_faithful();
    assert_eq!(bench.upload().await.attributes, 0);
}

async fn part(bench: &Bench) -> RelativePath {
    let head = bench.head().await.unwrap();
    path(&format!(".podfs/manifest/{}", head.manifest.last().unwrap().name))
}

async fn assert_refused_until_healed(bench: &Bench, what: &str, copies: u64) {
    let refused = bench.restore_with(|_| {}).await.unwrap_err().to_string();
    assert!(refused.contains(".podfs/") && refused.contains("--plain"), "{what}: {refused}");
    assert!(!bench.target().join("top.txt").exists(), "{what}: nothing was begun");
    fine(&bench.restore_with(|settings| settings.plain = true).await.unwrap());
    bench.assert_restored();
    let report = bench.upload().await;
    fine(&report);
    assert_eq!((report.copied, report.deleted), (copies, 0), "{what}");
    fine(&bench.restore().await);
    bench.assert_faithful();
    assert_eq!(bench.head().await.unwrap().state, State::Flushed);
    fs::remove_dir_all(bench.target()).unwrap();
    fs::create_dir(bench.target()).unwrap();
}

async fn a_damaged_manifest_is_refused_with_the_way_out_and_heals(place: Place) {
    let bench = with_trees(place).await;
    for what in ["missing", "truncated", "flipped", "empty"] {
        let part = part(&bench).await;
        let mut content = bench.remote().read_small(&part, 1 << 20).await.unwrap().unwrap().content;
        match what {
            "truncated" => content.truncate(content.len() / 2),
            "flipped" => content[30] ^= 4,
            _ => content.clear(),
        }
        if what == "missing" {
            assert!(bench.remote().delete(&[part]).await.is_empty());
        } else {
            put_object(&**bench.remote(), &part, &content).await;
        }
        assert_refused_until_healed(&bench, what, 0).await;
    }
}

async fn a_head_that_is_gone_or_damaged_loses_nothing_in_silence(place: Place) {
    let bench = with_trees(place).await;
    let head = path(".podfs/head");
    for damaged in [None, Some(&b"{\"format\":1,\"line"[..])] {
        match damaged {
            Some(content) => put_object(&**bench.remote(), &head, content).await,
            None => assert!(bench.remote().delete(std::slice::from_ref(&head)).await.is_empty()),
        }
        assert_refused_until_healed(&bench, "head", 0).await;
    }
}

/// With a manifest that knows it and without one, where a file is and where a folder is.
async fn what_the_remote_cannot_tell_is_kept_and_reported(place: Place) {
    let bench = with_trees(place).await;
    bench.restore().await;
    for (number, (victim, kept)) in
        [("top.txt", "top.txt"), ("online", "online/folder/file")].into_iter().enumerate()
    {
        if !bench.source().join(victim).exists() {
            bench.write(victim, "as a document");
            bench.upload().await;
        }
        write_below(&bench.target(), kept, "of this machine");
        write_below(&bench.target(), "surplus", "goes");
        let report = bench.run_troubled(Direction::FromRemote, victim, Trouble::Untold).await.unwrap();
        assert_eq!(
            (report.verdict(), report.unreadable, report.deleted),
            (Verdict::Partial, 1, 1),
            "{report:?}"
        );
        assert_eq!(report.failures[0].path, victim);
        assert_eq!(fs::read_to_string(bench.target().join(kept)).unwrap(), "of this machine", "{number}");
    }
    // Nor is it taken away there when it is missing here.
    fs::remove_file(bench.source().join("online")).unwrap();
    let report = bench.run_troubled(Direction::ToRemote, "online", Trouble::Untold).await.unwrap();
    assert_eq!(report.deleted, 0, "{report:?}");
    assert!(bench.listed().await.contains(&"online".to_owned()));
}
