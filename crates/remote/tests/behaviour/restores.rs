//! Restores that are run again over what they restored: local changes stay, and everything else comes.

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use podfs_sync::guard::Valve;
use podfs_sync::receipt::State;
use podfs_sync::{Direction, FailureKind, Settings, Sync, SyncError, Verdict};
use podfs_testkit::tree::snapshot;

use crate::bench::Bench;
use crate::crashes::stopped;
use crate::place::Place;
use crate::receipts::restored;

on_every_kind! {
    a_restore_that_is_run_again_keeps_local_changes,
    what_was_changed_on_both_sides_stays_on_both,
    a_follower_takes_everything,
    a_follower_of_a_mirror_that_another_program_writes_takes_everything,
}

fn overwriting(settings: &mut Settings) {
    settings.overwrite = true;
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap_or_default()
}

/// Each kind of local change, in a volume that holds `changed`, `deleted`, `mode`, `folder/x` and `theirs`.
fn change_locally(bench: &Bench) {
    let target = bench.target();
    bench.write_in(&target, "changed", "mine");
    bench.write_in(&target, "new/mine", "mine");
    fs::remove_file(target.join("deleted")).unwrap();
    fs::set_permissions(target.join("mode"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(target.join("folder"), fs::Permissions::from_mode(0o700)).unwrap();
}

fn assert_local_changes(bench: &Bench, context: &str) {
    let target = bench.target();
    let mode = |path: &str| fs::metadata(target.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(read(&target, "changed"), "mine", "{context}");
    assert_eq!(read(&target, "new/mine"), "mine", "{context}");
    assert!(!target.join("deleted").exists(), "{context}");
    assert_eq!((mode("mode"), mode("folder")), (0o600, 0o700), "{context}");
}

async fn with_a_tree(place: Place) -> Bench {
    let bench = Bench::new(place).await.unwrap();
    for path in ["changed", "deleted", "mode", "folder/x", "theirs", "gone"] {
        bench.write(path, "old");
    }
    fs::set_permissions(bench.source().join("folder"), fs::Permissions::from_mode(0o755)).unwrap();
    bench.upload().await;
    bench.restore().await;
    bench
}

fn change_remotely(bench: &Bench) {
    bench.write("theirs", "theirs");
    bench.write("folder/new", "theirs");
    fs::remove_file(bench.source().join("gone")).unwrap();
}

fn assert_remote_changes(bench: &Bench, context: &str) {
    assert_eq!(read(&bench.target(), "theirs"), "theirs", "{context}");
    assert_eq!(read(&bench.target(), "folder/new"), "theirs", "{context}");
    assert!(!bench.target().join("gone").exists(), "{context}");
}

/// An init container that runs again after the app has written, first with nothing new on the remote.
async fn a_restore_that_is_run_again_keeps_local_changes(place: Place) {
    let bench = with_a_tree(place).await;
    change_locally(&bench);
    let before = snapshot(&bench.target()).unwrap();
    let report = bench.restore().await;
    // Two files, the new file with its folder, and two modes.
    assert_eq!(
        (report.verdict(), report.kept_local_changes, report.conflicts),
        (Verdict::Done, 6, 0),
        "{report:?}"
    );
    assert_eq!(snapshot(&bench.target()).unwrap(), before, "not even a time was changed");
    change_remotely(&bench);
    bench.upload().await;
    let report = bench.restore().await;
    assert_eq!(
        (report.verdict(), report.kept_local_changes, report.conflicts),
        (Verdict::Done, 6, 0),
        "{report:?}"
    );
    assert_eq!((report.copied, report.deleted), (2, 1));
    assert_local_changes(&bench, "");
    assert_remote_changes(&bench, "");
    // Both sides' changes are there now, so that they can go out together.
    let here = snapshot(&bench.target()).unwrap();
    bench.upload_target_with(|settings| settings.require_receipt = true).await.unwrap();
    bench.fresh_target();
    bench.restore().await;
    assert_eq!(snapshot(&bench.target()).unwrap(), here);
}

async fn what_was_changed_on_both_sides_stays_on_both(place: Place) {
    let bench = with_a_tree(place).await;
    change_locally(&bench);
    for path in ["changed", "deleted", "new/mine", "theirs"] {
        bench.write(path, "theirs");
    }
    bench.upload().await;
    for _ in 0..2 {
        let report = bench.restore().await;
        assert_eq!((report.verdict(), report.conflicts), (Verdict::Failed, 3), "{report:?}");
        let mut paths: Vec<&str> = report.failures.iter().map(|failure| failure.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["changed", "deleted", "new/mine"]);
        assert!(report.failures.iter().all(|failure| failure.kind == FailureKind::Conflict));
        assert_local_changes(&bench, "");
        assert_eq!(read(&bench.target(), "theirs"), "theirs", "the rest comes");
    }
    let refused = bench.upload_target_with(|_| {}).await;
    assert!(matches!(refused, Err(SyncError::Refused(Valve::RemoteMovedOn { .. }))), "{refused:?}");
    let report = bench.restore_with(overwriting).await.unwrap();
    assert_eq!((report.verdict(), report.conflicts, report.kept_local_changes), (Verdict::Done, 0, 0));
    bench.assert_faithful();
}

async fn a_follower_takes_everything(place: Place) {
    let bench = with_a_tree(place).await;
    for round in 0..3 {
        bench.write("changed", &format!("{round}"));
        bench.write(&format!("folder/{round}"), "new");
        fs::remove_file(bench.source().join(["deleted", "gone", "folder/x"][round])).unwrap();
        fs::set_permissions(bench.source().join("mode"), fs::Permissions::from_mode(0o600 + round as u32))
            .unwrap();
        bench.upload().await;
        let report = bench.restore().await;
        assert_eq!((report.verdict(), report.kept_local_changes), (Verdict::Done, 0), "{report:?}");
        bench.assert_faithful();
        assert_eq!(bench.restore().await.attributes, 0, "nothing is left to do");
    }
}

async fn a_follower_of_a_mirror_that_another_program_writes_takes_everything(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    let writes = || bench.upload_with(|settings| settings.plain = true);
    for path in ["changed", "mine", "both", "folder/x", "gone"] {
        bench.write(path, "first");
    }
    writes().await.unwrap();
    bench.restore().await;
    for round in 0..3 {
        // Of a size of its own: some stores know only the second in which a file was stored.
        bench.write("changed", &"x".repeat(round + 1));
        bench.write(&format!("folder/{round}"), "new");
        fs::remove_file(bench.source().join(["gone", "folder/x", "folder/0"][round])).unwrap();
        writes().await.unwrap();
        let report = bench.restore().await;
        assert_eq!((report.verdict(), report.kept_local_changes), (Verdict::Done, 0), "{report:?}");
        assert_eq!((report.copied, report.deleted), (2, 1), "{report:?}");
        assert_eq!(read(&bench.target(), "changed"), "x".repeat(round + 1));
    }
    // And what is changed here is known all the same.
    bench.write_in(&bench.target(), "mine", "changed here");
    bench.write_in(&bench.target(), "both", "changed here");
    bench.write("both", "changed there");
    writes().await.unwrap();
    for _ in 0..2 {
        let report = bench.restore().await;
        assert_eq!((report.conflicts, report.kept_local_changes, report.copied), (1, 1, 0), "{report:?}");
        let refused = bench.upload_target_with(|_| {}).await;
        assert!(matches!(refused, Err(SyncError::Refused(Valve::HalfRestored { .. }))), "{refused:?}");
        assert_eq!(read(&bench.target(), "mine"), "changed here");
        assert_eq!(read(&bench.target(), "both"), "changed here");
    }
}

/// The restore is killed at each request; the app has written before, and writes after it.
#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_restore_killed_at_any_request_loses_no_local_change(
    #[values(Place::Local, Place::S3)] place: Place,
) {
    for requests in 0.. {
        let bench = with_a_tree(place).await;
        change_locally(&bench);
        change_remotely(&bench);
        bench.upload().await;
        let ended = stopped(one_by_one(&bench), requests).await;
        let context = format!("{requests}");
        assert_local_changes(&bench, &context);
        bench.write_in(&bench.target(), "new/later", "mine");
        let refused = bench.upload_target_with(|settings| settings.require_receipt = true).await;
        assert_eq!(refused.is_ok(), ended, "{requests}: half of it must not go out");
        if ended {
            return;
        }
        let report = bench.restore().await;
        assert_eq!((report.verdict(), report.conflicts), (Verdict::Done, 0), "{requests}: {report:?}");
        assert_local_changes(&bench, &context);
        assert_remote_changes(&bench, &context);
        assert_eq!(read(&bench.target(), "new/later"), "mine");
    }
}

/// What a broken restore brought is no local change, also when the remote has moved on by the next one.
#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_killed_at_any_request_follows_a_remote_that_moves_on(
    #[values(Place::Local, Place::S3)] place: Place,
) {
    for requests in 0.. {
        let bench = with_a_tree(place).await;
        change_remotely(&bench);
        bench.upload().await;
        let ended = stopped(one_by_one(&bench), requests).await;
        for path in ["theirs", "folder/new", "gone"] {
            bench.write(path, "newer");
        }
        bench.upload().await;
        let report = bench.restore().await;
        assert_eq!(
            (report.verdict(), report.kept_local_changes),
            (Verdict::Done, 0),
            "{requests}: {report:?}"
        );
        bench.assert_faithful();
        if ended {
            return;
        }
    }
}

/// Somebody is writing to the remote, or was killed at it, when it is restored.
#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_restores_half_a_sync_and_then_the_rest(#[values(Place::Local, Place::S3)] place: Place) {
    for requests in 0.. {
        let bench = with_a_tree(place).await;
        change_remotely(&bench);
        bench.write("private", "theirs");
        fs::set_permissions(bench.source().join("private"), fs::Permissions::from_mode(0o600)).unwrap();
        let sync = bench.sync(Direction::ToRemote, |settings| settings.transfers = NonZeroUsize::new(1));
        let ended = stopped(sync, requests).await;
        assert_eq!(bench.restore().await.verdict(), Verdict::Done, "{requests}");
        // What was restored from it may be a source again: nobody else has gone on.
        if bench.head().await.unwrap().state == podfs_sync::head::State::Open {
            let dry = bench.sync(Direction::ToRemote, |settings| settings.require_receipt = true);
            assert!(Sync { local: bench.target(), ..dry }.plan().await.is_ok(), "{requests}");
        }
        bench.write("changed", "theirs at last");
        bench.upload().await;
        let report = bench.restore().await;
        assert_eq!(
            (report.verdict(), report.kept_local_changes),
            (Verdict::Done, 0),
            "{requests}: {report:?}"
        );
        bench.assert_faithful();
        if ended {
            return;
        }
    }
}

fn one_by_one(bench: &Bench) -> Sync {
    bench.sync(Direction::FromRemote, |settings| settings.transfers = NonZeroUsize::new(1))
}

/// The remote gathers its parts after a while. Who follows from far behind has a copy of what it restored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_from_far_behind_knows_what_it_had() {
    let bench = Bench::new(Place::Local).await.unwrap();
    let without_state = |settings: &mut Settings| settings.receipt_file = None;
    bench.write("a", "old");
    bench.upload().await;
    bench.restore().await;
    for number in 0..20 {
        bench.write("a", &format!("{number}"));
        bench.upload().await;
    }
    let without = bench.restore_with(without_state).await.unwrap();
    assert_eq!(without.conflicts, 1, "nobody knows who changed it: {without:?}");
    let report = bench.restore().await;
    assert_eq!((report.verdict(), report.copied), (Verdict::Done, 1), "{report:?}");
    bench.assert_faithful();
}

/// So has a volume that was synced itself and then restored, such as that of a Pod that was started anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_that_went_on_by_itself_knows_what_it_had() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "old");
    bench.upload().await;
    bench.restore().await;
    bench.write_in(&bench.target(), "a", "newer");
    assert_eq!(bench.upload_target_with(|_| {}).await.unwrap().copied, 1);
    assert_eq!(bench.restore().await.copied, 0);
    for number in 0..20 {
        bench.write("a", &format!("{number}"));
        bench.upload().await;
    }
    let report = bench.restore().await;
    assert_eq!((report.verdict(), report.copied, report.conflicts), (Verdict::Done, 1, 0), "{report:?}");
    bench.assert_faithful();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_found_nothing_to_do_leaves_a_whole_volume() {
    let bench = restored(Place::Local).await;
    assert!(bench.restore_with(overwriting).await.unwrap().copied == 0);
    assert_eq!(bench.receipt().state, State::Complete);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_volume_is_filled_again() {
    let bench = restored(Place::Local).await;
    for item in fs::read_dir(bench.target()).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    assert_eq!(bench.restore().await.copied, 2);
    bench.assert_faithful();
}

/// A remote that stock rclone filled has no manifest to tell who changed what.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_manifest_nothing_that_differs_is_taken_for_unchanged() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "1");
    bench.write("b", "1");
    bench.upload_with(|settings| settings.plain = true).await.unwrap();
    bench.restore().await;
    bench.write_in(&bench.target(), "a", "mine");
    bench.write_in(&bench.target(), "new", "mine");
    fs::remove_file(bench.target().join("b")).unwrap();
    let without_state = |settings: &mut Settings| settings.receipt_file = None;
    let report = bench.restore_with(without_state).await.unwrap();
    assert_eq!((report.conflicts, report.kept_local_changes, report.copied), (1, 1, 1), "{report:?}");
    assert_eq!(read(&bench.target(), "a"), "mine");
    let report = bench.restore().await;
    assert_eq!(
        (report.conflicts, report.kept_local_changes, report.copied),
        (0, 2, 0),
        "there is a note: {report:?}"
    );
    // As before there were receipts.
    bench.restore_with(|settings| settings.plain = true).await.unwrap();
    assert_eq!(read(&bench.target(), "a"), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_of_another_history_and_one_with_a_strange_receipt_are_not_restored_over() {
    let (bench, other) = (restored(Place::Local).await, restored(Place::Local).await);
    let elsewhere = Sync { remote: std::sync::Arc::clone(other.remote()), ..one_by_one(&bench) };
    let refused = elsewhere.plan().await.err().unwrap();
    assert!(matches!(refused, SyncError::Refused(Valve::AnotherHistory { .. })), "{refused}");
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(bench.target(), "user.podfs.receipt", b"{\"format\":9}", flags).unwrap();
    let refused = bench.restore_with(|_| {}).await;
    assert!(matches!(refused, Err(SyncError::Refused(Valve::UnreadableReceipt { .. }))), "{refused:?}");
    bench.restore_with(overwriting).await.unwrap();
    assert_eq!(bench.restore().await.verdict(), Verdict::Done);
}
