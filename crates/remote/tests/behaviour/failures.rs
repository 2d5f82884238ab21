//! Syncs that do not end well: deletes are held back, and the head on the remote says so.

use podfs_sync::head::State;
use podfs_sync::{Direction, ErrorKind, RelativePath, Report, SyncError, Verdict};
use podfs_testkit::tree::snapshot;

use crate::bench::{Bench, put_object, write_below};
use crate::meddler::Trouble;
use crate::place::Place;

on_every_kind! {
    deletes_are_held_back_after_a_failed_copy,
    what_a_failed_sync_left_can_be_restored_whatever_became_of_what,
    the_head_stays_open_until_a_sync_ends_well,
    a_damaged_head_is_replaced_by_the_next_sync,
    a_head_of_a_newer_format_is_refused_and_nothing_changes,
}

/// A fault of one file and a fault of everything: after neither is anything deleted.
const FAULTS: [Trouble; 2] = [Trouble::Fails(ErrorKind::Denied), Trouble::Fails(ErrorKind::NoSpace)];

/// The report of a sync that failed by itself or gave up.
fn failed(result: Result<Report, SyncError>) -> Report {
    match result {
        Ok(report) => report,
        Err(SyncError::GaveUp { report, .. }) => *report,
        Err(other) => panic!("{other}"),
    }
}

async fn deletes_are_held_back_after_a_failed_copy(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("gone", "1");
    bench.write("gone-too", "1");
    bench.upload().await;
    bench.restore().await;
    for name in ["gone", "gone-too"] {
        std::fs::remove_file(bench.source().join(name)).unwrap();
    }
    bench.write("bad", "1");
    for trouble in FAULTS {
        let report = failed(bench.run_troubled(Direction::ToRemote, "bad", trouble).await);
        assert_eq!(report.verdict(), Verdict::Failed, "{report:?}");
        assert_eq!((report.failed, report.deleted, report.deletes_held_back), (1, 0, 2), "{trouble:?}");
        assert_eq!(bench.listed().await, ["gone", "gone-too"]);
    }
    let report = bench.upload().await;
    assert_eq!((report.copied, report.deleted, report.deletes_held_back), (1, 2, 0));

    let before = snapshot(&bench.target()).unwrap();
    for trouble in FAULTS {
        let report = failed(bench.run_troubled(Direction::FromRemote, "bad", trouble).await);
        assert_eq!(report.verdict(), Verdict::Failed, "{report:?}");
        assert_eq!((report.failed, report.deleted, report.deletes_held_back), (1, 0, 2), "{trouble:?}");
        assert_eq!(snapshot(&bench.target()).unwrap(), before);
    }
    let report = bench.restore().await;
    assert_eq!((report.copied, report.deleted, report.deletes_held_back), (1, 2, 0));
    bench.assert_restored();
}

/// What a held back delete leaves on the remote stands where the manifest would have a link or a folder.
async fn what_a_failed_sync_left_can_be_restored_whatever_became_of_what(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for name in ["folder/inside", "deep/folder/inside", "file", "empty later", "stays"] {
        bench.write(name, "old");
    }
    bench.upload().await;
    let at = |name: &str| bench.source().join(name);
    for name in ["folder", "deep/folder"] {
        std::fs::remove_dir_all(at(name)).unwrap();
        std::os::unix::fs::symlink("stays", at(name)).unwrap();
    }
    for name in ["file", "empty later"] {
        std::fs::remove_file(at(name)).unwrap();
    }
    bench.write("file/inside", "new");
    std::os::unix::fs::symlink("inside", at("file/link")).unwrap();
    std::fs::create_dir(at("empty later")).unwrap();
    std::os::unix::fs::symlink("stays", at("new link")).unwrap();
    bench.write("bad", "1");
    failed(bench.run_troubled(Direction::ToRemote, "bad", FAULTS[0]).await);

    let report = bench.restore().await;
    assert_eq!(report.verdict(), Verdict::Done, "{report:?}");
    let restored = snapshot(&bench.target()).unwrap();
    for name in ["folder/inside", "deep/folder/inside", "file", "empty later", "stays"] {
        assert_eq!(restored.get(name.as_bytes()).map(|state| state.size), Some(3), "{name}");
    }
    assert!(restored.contains_key(&b"new link"[..]));
    bench.upload().await;
    bench.restore().await;
    bench.assert_faithful();
}

async fn the_head_stays_open_until_a_sync_ends_well(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.upload().await;
    let lineage = bench.head().await.unwrap().lineage;
    bench.write("bad", "1");
    for (trouble, generation) in FAULTS.into_iter().zip(2..) {
        failed(bench.run_troubled(Direction::ToRemote, "bad", trouble).await);
        let head = bench.head().await.unwrap();
        assert_eq!((head.state, head.generation), (State::Open, generation), "{trouble:?}");
    }
    // Also where nothing could even be tried.
    bench.upload().await;
    bench.write("unnameable", "1");
    let report = bench.run_troubled(Direction::ToRemote, "unnameable", Trouble::Unnameable).await.unwrap();
    assert_eq!((report.copied, report.failed), (0, 1));
    let head = bench.head().await.unwrap();
    assert_eq!((head.state, head.generation), (State::Open, 5));
    std::fs::remove_file(bench.source().join("unnameable")).unwrap();
    // It ends well also when nothing is left to be copied.
    let report = bench.upload().await;
    assert_eq!((report.copied, report.deleted), (0, 0));
    let head = bench.head().await.unwrap();
    assert_eq!((head.state, head.generation, head.lineage), (State::Flushed, 6, lineage));
}

async fn put_head(bench: &Bench, content: &[u8]) {
    let path = RelativePath::parse(".podfs/head").unwrap();
    put_object(&**bench.remote(), &path, content).await;
}

/// A restore would lose what the manifest says, which is as far as anybody can look without the head.
async fn a_damaged_head_is_replaced_by_the_next_sync(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.upload().await;
    let lineage = bench.head().await.unwrap().lineage;
    for damaged in [&b""[..], b"{\"format\":1,\"lineage\":\"", b"{\"format\":1}", b"\xff\x00"] {
        put_head(&bench, damaged).await;
        assert_eq!(bench.head().await.unwrap().state, State::Open, "{damaged:?}");
        let refused = bench.restore_with(|_| {}).await.unwrap_err().to_string();
        assert!(refused.contains(".podfs/head") && refused.contains("--plain"), "{refused}");
        assert_eq!(bench.listed().await, ["a"]);
        bench.restore_with(|settings| settings.plain = true).await.unwrap();
        bench.assert_restored();
        assert_eq!(bench.receipt().lineage, None, "the receipt claims no history that nobody knows");
        assert_eq!(bench.upload().await.copied, 0);
        let head = bench.head().await.unwrap();
        assert_eq!((head.state, head.generation), (State::Flushed, 1), "{damaged:?}");
        assert_ne!(head.lineage, lineage, "what it was is not known any more");
        bench.restore().await;
        assert_eq!(bench.receipt().lineage, Some(head.lineage));
    }
}

async fn a_head_of_a_newer_format_is_refused_and_nothing_changes(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.write("b", "1");
    bench.upload().await;
    bench.write("new", "1");
    std::fs::remove_file(bench.source().join("a")).unwrap();
    write_below(&bench.target(), "mine", "kept");
    let before = snapshot(&bench.target()).unwrap();
    // A later format may look like ours or not at all.
    let like_ours = br#"{"format":2,"lineage":"x","generation":7,"state":"flushed","at":"","writer":""}"#;
    for newer in [&like_ours[..], br#"{"format":3,"trees":[]}"#] {
        put_head(&bench, newer).await;
        for result in [bench.upload_with(|_| {}).await, bench.restore_with(|_| {}).await] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(".podfs/head") && error.contains("newer version"), "{error}");
        }
        let path = RelativePath::parse(".podfs/head").unwrap();
        assert_eq!(bench.remote().read_small(&path, 1_000).await.unwrap().unwrap().content, newer);
    }
    assert_eq!(bench.listed().await, ["a", "b"]);
    assert_eq!(snapshot(&bench.target()).unwrap(), before);
}
