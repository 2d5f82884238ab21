//! Which volumes may be sources: what an upload needs, and what somebody else wrote is never overwritten.

use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;

use podfs_sync::guard::Valve;
use podfs_sync::head::Head;
use podfs_sync::local::LocalRoot;
use podfs_sync::receipt::{self, Receipt, State};
use podfs_sync::{Direction, Report, Settings, Sync, SyncError, Verdict};

use crate::bench::{Bench, run};
use crate::crashes::stopped;
use crate::place::Place;

on_every_kind! {
    an_upload_needs_a_receipt_where_it_is_required,
    each_sync_brings_the_receipt_up_to_date,
    what_somebody_else_wrote_is_not_overwritten,
}

fn required(settings: &mut Settings) {
    settings.require_receipt = true;
}

fn overwriting(settings: &mut Settings) {
    settings.overwrite = true;
}

/// Two files there, and here.
pub(crate) async fn restored(place: Place) -> Bench {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.write("b/c", "1");
    bench.upload().await;
    bench.restore().await;
    bench
}

#[track_caller]
fn assert_not_valid(result: Result<Report, SyncError>, expected: &str) {
    match result {
        Err(SyncError::Refused(Valve::NoReceipt { why, .. })) => assert!(why.contains(expected), "{why}"),
        other => panic!("{other:?}"),
    }
}

fn put(bench: &Bench, content: &[u8]) {
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(bench.target(), "user.podfs.receipt", content, flags).unwrap();
}

fn leave(bench: &Bench, receipt: &Receipt) {
    receipt::write(&LocalRoot::open(&bench.target()).unwrap(), None, receipt).unwrap();
}

async fn an_upload_needs_a_receipt_where_it_is_required(place: Place) {
    let bench = restored(place).await;
    let head = bench.head().await;
    bench.write_in(&bench.target(), "new", "1");
    let mut copied = Receipt::of(head.as_ref(), State::Complete);
    copied.copied = true;
    let other = Head { lineage: "another".to_owned(), ..head.clone().unwrap() };
    for (receipt, expected) in [
        (Receipt::of(head.as_ref(), State::Restoring), "has not ended"),
        (Receipt::of(Some(&other), State::Complete), "another remote"),
        (copied, "copied"),
    ] {
        leave(&bench, &receipt);
        assert_not_valid(bench.upload_target_with(required).await, expected);
    }
    for (content, expected) in [(&b"{\"format\":1}"[..], "damaged"), (b"{\"format\":9}", "newer")] {
        put(&bench, content);
        assert_not_valid(bench.upload_target_with(required).await, expected);
    }
    assert_not_valid(bench.upload_with(required).await, "has none");
    assert_eq!(
        (bench.listed().await, bench.head().await),
        (vec!["a".to_owned(), "b/c".to_owned()], head.clone())
    );
    leave(&bench, &Receipt::of(head.as_ref(), State::Complete));
    assert_eq!(bench.upload_target_with(required).await.unwrap().copied, 1);
}

async fn each_sync_brings_the_receipt_up_to_date(place: Place) {
    let bench = restored(place).await;
    for number in 0..3 {
        assert_eq!(bench.upload_target_with(required).await.unwrap().copied, 0);
        bench.write_in(&bench.target(), "new", &format!("{number}"));
        assert_eq!(bench.upload_target_with(required).await.unwrap().copied, 1);
        let (head, receipt) = (bench.head().await.unwrap(), bench.receipt());
        assert_eq!((receipt.generation, receipt.part.clone()), (Some(head.generation), head.last_part()));
        assert_eq!(receipt.sync, None);
        assert_eq!(bench.restore().await.kept_local_changes, 0);
    }
    let source = LocalRoot::open(&bench.source()).unwrap();
    assert_eq!(receipt::read(&source, None), Ok(None), "nobody asked for one there");
}

async fn what_somebody_else_wrote_is_not_overwritten(place: Place) {
    let bench = restored(place).await;
    bench.write("a", "theirs");
    bench.upload().await;
    bench.write_in(&bench.target(), "a", "mine");
    let head = bench.head().await;
    for change in [required, |_: &mut Settings| {}] {
        let refused = bench.upload_target_with(change).await;
        assert!(
            matches!(refused, Err(SyncError::Refused(Valve::RemoteMovedOn { here: 1, there: 2, .. }))),
            "{refused:?}"
        );
    }
    assert_eq!(bench.head().await, head);
    assert_eq!(bench.upload_target_with(overwriting).await.unwrap().copied, 1);
    assert_eq!(bench.upload_target_with(required).await.unwrap().copied, 0, "it is level again");
    bench.fresh_target();
    bench.restore().await;
    assert_eq!(fs::read(bench.target().join("a")).unwrap(), b"mine");
}

/// Nobody else was there: the head is known by the sync that wrote it.
#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_killed_at_any_request_is_not_taken_for_somebody_elses(
    #[values(Place::Local, Place::S3)] place: Place,
    #[values(true, false)] with_head: bool,
) {
    for requests in 0.. {
        let bench = Bench::new(place).await.unwrap();
        bench.write("a", "1");
        bench.write("b", "1");
        bench.upload_with(|settings| settings.plain = !with_head).await.unwrap();
        bench.restore().await;
        bench.write_in(&bench.target(), "a", "mine");
        fs::remove_file(bench.target().join("b")).unwrap();
        let sync = bench.sync(Direction::ToRemote, |settings| {
            settings.require_receipt = true;
            settings.transfers = NonZeroUsize::new(1);
        });
        let ended = stopped(Sync { local: bench.target(), ..sync }, requests).await;
        // The Pod comes back, and something was written meanwhile.
        bench.write_in(&bench.target(), "a", "mine again");
        if requests % 2 == 0 && with_head {
            let again = bench.restore().await;
            assert_eq!(again.verdict(), Verdict::Done, "{requests}: {again:?}");
        }
        let report = bench.upload_target_with(required).await;
        assert_eq!(report.unwrap().verdict(), Verdict::Done, "{requests}");
        bench.fresh_target();
        bench.restore().await;
        assert_eq!(fs::read(bench.target().join("a")).unwrap(), b"mine again", "{requests}");
        assert!(!bench.target().join("b").exists(), "{requests}");
        if ended {
            return;
        }
    }
}

/// A bucket that was itself brought back from a backup.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_that_went_back_is_not_overwritten_in_silence() {
    let bench = restored(Place::Local).await;
    let store = bench.folder.path().join("store/root/some/where");
    let [live, backup] = ["live", "backup"].map(|name| bench.folder.path().join(name));
    copy(&["-a"], &store, &backup);
    bench.write_in(&bench.target(), "a", "mine");
    bench.upload_target_with(required).await.unwrap();
    fs::create_dir(&live).unwrap();
    for (from, to) in [(&store, &live), (&backup, &store)] {
        for item in fs::read_dir(from).unwrap() {
            let item = item.unwrap();
            fs::rename(item.path(), to.join(item.file_name())).unwrap();
        }
    }
    let refused = bench.upload_target_with(required).await;
    assert!(
        matches!(refused, Err(SyncError::Refused(Valve::RemoteWentBack { here: 2, there: 1, .. }))),
        "{refused:?}"
    );
    let restored = bench.restore().await;
    assert_eq!(restored.conflicts, 1, "nobody knows which of both is right");
    assert_eq!(fs::read(bench.target().join("a")).unwrap(), b"mine");
    assert_eq!(bench.upload_target_with(overwriting).await.unwrap().copied, 1);
    assert_eq!(bench.upload_target_with(required).await.unwrap().copied, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_whose_head_is_gone_takes_nothing_from_a_volume_that_knows_one() {
    let bench = restored(Place::Local).await;
    let paths: Vec<_> = bench.podfs_objects().await.into_iter().map(|(path, _)| path).collect();
    assert!(bench.remote().delete(&paths).await.is_empty());
    assert_not_valid(bench.upload_target_with(required).await, "another remote");
    let refused = bench.restore_with(|_| {}).await;
    assert!(matches!(refused, Err(SyncError::Refused(Valve::AnotherHistory { .. }))), "{refused:?}");
    bench.restore_with(overwriting).await.unwrap();
    bench.upload_target_with(required).await.unwrap();
    assert_eq!(bench.receipt().lineage, Some(bench.head().await.unwrap().lineage));
}

/// A sync of a restored volume to another place is a copy on the side: the volume still belongs to where it came from.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_on_the_side_leaves_the_receipt_alone() {
    let (bench, aside) = (restored(Place::Local).await, Bench::new(Place::Local).await.unwrap());
    let before = bench.receipt();
    let sync = bench.sync(Direction::ToRemote, |_| {});
    let remote = std::sync::Arc::clone(aside.remote());
    run(Sync { local: bench.target(), remote, ..sync }).await.unwrap();
    assert_eq!(bench.receipt(), before);
    bench.upload_target_with(required).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_restore_is_never_a_source() {
    let bench = restored(Place::Local).await;
    bench.fresh_target();
    let mut refused = 0;
    for requests in 0.. {
        let restore = bench.sync(Direction::FromRemote, |settings| settings.transfers = NonZeroUsize::new(1));
        if stopped(restore, requests).await {
            break;
        }
        assert!(bench.upload_target_with(required).await.is_err(), "{requests}");
        let upload = bench.upload_target_with(|_| {}).await;
        refused += u32::from(matches!(upload, Err(SyncError::Refused(Valve::HalfRestored { .. }))));
    }
    assert!(refused > 0, "also where no receipt is required");
    assert_eq!(bench.listed().await, ["a", "b/c"]);
    bench.upload_target_with(required).await.unwrap();
}

fn copy(flags: &[&str], from: &std::path::Path, to: &std::path::Path) {
    let copied = Command::new("cp").args(flags).arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

/// Nobody knows whether a copy is whole: what it lacks comes from the remote, and what was changed is kept.
#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_volume_is_no_source_before_it_was_restored(
    #[values("-a", "-rp")] how: &str,
    #[values(true, false)] whole: bool,
) {
    let bench = restored(Place::Local).await;
    let original = bench.folder.path().join("original");
    bench.write_in(&bench.target(), "mine", "1");
    fs::rename(bench.target(), &original).unwrap();
    if !whole {
        fs::remove_file(original.join("b/c")).unwrap();
    }
    copy(&[how], &original, &bench.target());
    let with_receipt = how == "-a";
    assert_not_valid(
        bench.upload_target_with(required).await,
        if with_receipt { "copied" } else { "has none" },
    );
    let report = bench.restore().await;
    assert_eq!((report.verdict(), report.copied), (Verdict::Done, u64::from(!whole)), "{report:?}");
    assert_eq!(bench.target().join("mine").exists(), with_receipt, "without a receipt the remote wins");
    assert!(bench.target().join("b/c").exists());
    bench.upload_target_with(required).await.unwrap();
    assert!(bench.listed().await.contains(&"b/c".to_owned()));
}
