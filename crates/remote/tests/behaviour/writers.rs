//! Two writers at one remote at the same time: who comes second to the head stops and says so, and nothing is lost.

use std::fs;
use std::sync::Arc;

use podfs_sync::guard::Valve;
use podfs_sync::head::{self, Head, State};
use podfs_sync::manifest::Part;
use podfs_sync::{Direction, ErrorKind, RelativePath, Report, Settings, Sync, SyncError, Verdict};

use crate::bench::{Bench, put_object, run, write_below};
use crate::gate::{Gate, Moment};
use crate::place::Place;
use crate::receipts::restored;

on_every_kind! {
    a_small_object_is_written_only_over_the_version_that_was_seen,
    a_writer_that_comes_between_plan_and_head_is_not_overwritten,
    a_writer_that_comes_before_the_deletes_stops_them,
    a_writer_that_comes_while_files_are_deleted_is_seen,
    a_writer_that_comes_before_the_end_is_seen,
}

fn path(text: &str) -> RelativePath {
    RelativePath::parse(text).unwrap()
}

async fn a_small_object_is_written_only_over_the_version_that_was_seen(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    let (remote, head) = (bench.remote(), path(".podfs/head"));
    let content = async || remote.read_small(&head, 100).await.unwrap().unwrap();
    let overtaken = async |content: &[u8], over| {
        let error = remote.write_small(&head, content, over).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Overtaken, "{error}");
    };
    let first = remote.write_small(&head, b"first", None).await.unwrap();
    let seen = content().await.version;
    overtaken(b"not the first any more", None).await;
    let second = remote.write_small(&head, b"second", Some(&first)).await.unwrap();
    overtaken(b"late", Some(&seen)).await;
    assert_eq!(content().await.content, b"second");
    remote.write_small(&head, b"third", Some(&second)).await.unwrap();
    overtaken(b"late again", Some(&second)).await;
    let seen = content().await;
    assert_eq!(seen.content, b"third");
    assert!(remote.delete(std::slice::from_ref(&head)).await.is_empty());
    overtaken(b"what was seen is gone", Some(&seen.version)).await;
    assert_eq!(remote.read_small(&head, 100).await.unwrap(), None);
}

/// The error of a sync that met another writer.
fn overtaken(result: Result<Report, SyncError>) -> String {
    match result {
        Err(SyncError::Remote(cause) | SyncError::GaveUp { cause, .. }) => {
            assert_eq!(cause.kind, ErrorKind::Overtaken, "{cause}");
            cause.to_string()
        }
        other => panic!("{other:?}"),
    }
}

/// A volume that has `mine` and has lost `gone` is synced, and at that moment another writer comes, who adds `theirs`. `there` is
/// what the remote has then.
async fn meet(place: Place, moment: Moment, there: &[&str]) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.write("gone", "1");
    bench.upload().await;
    bench.restore().await;
    bench.write_in(&bench.target(), "mine", "1");
    fs::remove_file(bench.target().join("gone")).unwrap();
    fs::remove_file(bench.source().join("gone")).unwrap();
    bench.write("theirs", "1");
    let (gate, keeper) = Gate::before(moment, bench.remote());
    let sync = bench.sync(Direction::ToRemote, |_| {});
    let first = run(Sync { local: bench.target(), remote: Arc::new(gate), ..sync });
    let second = bench.upload_with(|settings| settings.delete = false);
    let (first, second) = tokio::join!(Box::pin(first), Box::pin(keeper.meanwhile(second)));
    assert_eq!(second.unwrap().verdict(), Verdict::Done);
    let said = overtaken(first);
    assert!(said.contains("another sync has written to the remote"), "{said}");
    assert_eq!(bench.listed().await, there);
    assert_eq!(bench.head().await.unwrap().state, State::Flushed, "the other one's");
    assert_nothing_is_lost(&bench).await;
}

/// What the other one wrote is not overwritten, and what was changed here comes through, once it was restored.
async fn assert_nothing_is_lost(bench: &Bench) {
    let refused = bench.upload_target_with(|_| {}).await;
    assert!(matches!(refused, Err(SyncError::Refused(Valve::RemoteMovedOn { .. }))), "{refused:?}");
    let report = bench.restore().await;
    assert_eq!(report.failed, 0, "{report:?}");
    let overwriting = |settings: &mut Settings| settings.overwrite = report.conflicts > 0;
    let report = bench.upload_target_with(overwriting).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Done, "{report:?}");
    assert_eq!(bench.listed().await, ["a", "mine", "theirs"]);
    bench.fresh_target();
    bench.restore().await;
    for name in ["a", "mine", "theirs"] {
        assert_eq!(fs::read_to_string(bench.target().join(name)).unwrap(), "1", "{name}");
    }
}

async fn a_writer_that_comes_between_plan_and_head_is_not_overwritten(place: Place) {
    meet(place, Moment::Head(0), &["a", "gone", "theirs"]).await;
}

async fn a_writer_that_comes_before_the_deletes_stops_them(place: Place) {
    meet(place, Moment::Head(1), &["a", "gone", "mine", "theirs"]).await;
}

async fn a_writer_that_comes_while_files_are_deleted_is_seen(place: Place) {
    meet(place, Moment::Delete, &["a", "mine", "theirs"]).await;
}

async fn a_writer_that_comes_before_the_end_is_seen(place: Place) {
    meet(place, Moment::Head(2), &["a", "mine", "theirs"]).await;
}

/// After the deletes that made room for a file, and before those of old names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_comes_between_two_rounds_of_deletes_stops_the_second() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("old/a", "1");
    bench.write("current", "1");
    bench.upload().await;
    fs::remove_file(bench.source().join("current")).unwrap();
    fs::rename(bench.source().join("old"), bench.source().join("current")).unwrap();
    let elsewhere = bench.folder.path().join("elsewhere");
    write_below(&elsewhere, "theirs", "1");
    let (gate, keeper) = Gate::before(Moment::Head(2), bench.remote());
    let first = run(Sync { remote: Arc::new(gate), ..bench.sync(Direction::ToRemote, |_| {}) });
    let adding = bench.sync(Direction::ToRemote, |settings| settings.delete = false);
    let second = run(Sync { local: elsewhere, ..adding });
    let (first, second) = tokio::join!(Box::pin(first), Box::pin(keeper.meanwhile(second)));
    assert_eq!(second.unwrap().verdict(), Verdict::Done);
    overtaken(first);
    assert_eq!(bench.listed().await, ["current/a", "old/a", "theirs"]);
    bench.upload().await;
    bench.restore().await;
    bench.assert_faithful();
}

/// Brought back from a backup, and written to by somebody else until it came to the same number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_that_went_back_and_came_again_to_the_same_generation_has_moved_on() {
    let bench = restored(Place::Local).await;
    let store = bench.folder.path().join("store/root/some/where");
    let backup = bench.folder.path().join("backup");
    copy_all(&store, &backup);
    bench.write_in(&bench.target(), "mine", "1");
    bench.upload_target_with(|_| {}).await.unwrap();
    for item in fs::read_dir(&store).unwrap() {
        let item = item.unwrap().path();
        fs::remove_dir_all(&item).or_else(|_| fs::remove_file(&item)).unwrap();
    }
    copy_all(&backup, &store);
    bench.write("theirs", "1");
    bench.upload().await;
    let refused = bench.upload_target_with(|_| {}).await;
    assert!(
        matches!(refused, Err(SyncError::Refused(Valve::RemoteMovedOn { here: 2, there: 2, .. }))),
        "{refused:?}"
    );
    assert_eq!(bench.listed().await, ["a", "b/c", "theirs"]);
    bench.restore().await;
    assert!(bench.target().join("mine").exists() && bench.target().join("theirs").exists());
    bench.upload_target_with(|_| {}).await.unwrap();
    assert_eq!(bench.listed().await, ["a", "b/c", "mine", "theirs"]);
}

fn copy_all(from: &std::path::Path, to: &std::path::Path) {
    let from = from.join(".");
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

/// It may be about to be named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_another_sync_has_not_published_yet_stays_until_it_cannot_be() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "1");
    bench.upload().await;
    let part = path(".podfs/manifest/0000000002-0badcafe");
    put_object(&**bench.remote(), &part, b"of another sync").await;
    for (generation, stays) in [(2, true), (3, false)] {
        bench.write("a", &format!("{generation}"));
        bench.upload().await;
        assert_eq!(bench.head().await.unwrap().generation, generation);
        assert_eq!(bench.remote().stat(&part).await.unwrap().is_some(), stays, "{generation}");
    }
}

fn many_parts() -> Vec<Part> {
    let hash = "0".repeat(64);
    let part =
        |number| Part { name: format!("{number:010}-0badcafe"), records: 1, bytes: 1, hash: hash.clone() };
    (0..600).map(part).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_nobody_would_read_is_not_written() {
    let bench = Bench::new(Place::Local).await.unwrap();
    let large = Head { manifest: many_parts(), ..Head::next(None) };
    let error = head::write(&**bench.remote(), &large, None).await.unwrap_err().to_string();
    assert!(error.contains("600 parts"), "{error}");
    assert_eq!(bench.head().await, None);
}

/// As earlier versions could leave it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_grew_too_large_heals() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "1");
    bench.upload().await;
    let large = Head { manifest: many_parts(), ..bench.head().await.unwrap() };
    let content = serde_json::to_vec(&large).unwrap();
    assert!(content.len() > 64 * 1024);
    put_object(&**bench.remote(), &path(".podfs/head"), &content).await;
    assert_eq!(bench.upload().await.verdict(), Verdict::Done);
    assert_eq!(bench.head().await.unwrap().manifest.len(), 1);
    bench.restore().await;
    bench.assert_faithful();
}
