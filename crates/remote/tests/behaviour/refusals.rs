//! Valves: each closes before anything was changed anywhere.

use podfs_sync::guard::Valve;
use podfs_sync::manifest::ManifestError;
use podfs_sync::{DeleteLimit, Direction, LeftOut, RelativePath, SyncError};
use podfs_testkit::tree::snapshot;

use crate::behind::put;
use crate::bench::{Bench, write_below};
use crate::place::Place;

on_every_place! {
    an_empty_source_never_clears_the_remote,
    an_empty_remote_never_clears_the_target,
    a_plan_that_deletes_too_much_is_refused_whole,
    a_restore_runs_again_over_what_it_restored,
    what_no_sync_of_ours_left_is_not_taken_away_by_a_volume_that_never_had_it,
    a_volume_for_which_there_is_nothing_may_be_the_first,
    a_remote_that_lost_its_head_was_synced_to_all_the_same,
}

async fn with_two_files(place: Place) -> Bench {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.write("b/c", "1");
    bench.upload().await;
    bench
}

async fn an_empty_source_never_clears_the_remote(place: Place) {
    for missing in [true, false] {
        let bench = with_two_files(place).await;
        std::fs::remove_dir_all(bench.source()).unwrap();
        if !missing {
            std::fs::create_dir(bench.source()).unwrap();
        }
        let refused = bench.upload_with(|_| {}).await;
        assert!(matches!(refused, Err(SyncError::Refused(Valve::SourceEmpty { .. }))), "{refused:?}");
        assert_eq!(bench.listed().await, ["a", "b/c"]);
        let forced = bench.upload_with(|settings| settings.force = true).await.unwrap();
        assert_eq!(forced.deleted, 2);
        assert_eq!(bench.listed().await, [""; 0]);
    }
}

async fn an_empty_remote_never_clears_the_target(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    write_below(&bench.target(), "mine", "kept");
    podfs_sync::receipt::write(
        &podfs_sync::local::LocalRoot::open(&bench.target()).unwrap(),
        None,
        &podfs_sync::receipt::Receipt::of(None, podfs_sync::receipt::State::Complete),
    )
    .unwrap();
    let before = snapshot(&bench.target()).unwrap();
    let refused = bench.restore_with(|settings| settings.force = false).await;
    assert!(matches!(refused, Err(SyncError::Refused(Valve::RemoteEmpty { .. }))), "{refused:?}");
    assert_eq!(snapshot(&bench.target()).unwrap(), before);
    let forced = bench.restore_with(|settings| (settings.force, settings.overwrite) = (true, true)).await;
    assert_eq!(forced.unwrap().deleted, 1);
}

async fn a_plan_that_deletes_too_much_is_refused_whole(place: Place) {
    let bench = with_two_files(place).await;
    std::fs::remove_file(bench.source().join("a")).unwrap();
    bench.write("new", "1");
    for limit in [DeleteLimit::Files(0), DeleteLimit::Percent(49)] {
        let refused = bench.upload_with(|settings| settings.max_delete = Some(limit)).await;
        assert!(matches!(refused, Err(SyncError::Refused(Valve::TooManyDeletes { .. }))), "{refused:?}");
        assert_eq!(bench.listed().await, ["a", "b/c"], "not even the copy was made");
    }
    let report =
        bench.upload_with(|settings| settings.max_delete = Some(DeleteLimit::Percent(50))).await.unwrap();
    assert_eq!((report.copied, report.deleted), (1, 1));
}

/// Root's files are refused, unless an earlier restore of ours put them there.
async fn a_restore_runs_again_over_what_it_restored(place: Place) {
    let bench = with_two_files(place).await;
    let restore = || bench.restore_with(|settings| settings.force = false);
    assert_eq!(restore().await.unwrap().copied, 2, "an empty target is filled, also by root");
    bench.write("a", "2");
    bench.upload().await;
    assert_eq!(restore().await.unwrap().copied, 1, "the receipt opens the valve");
}

/// What a restore finds that leaves out what was never synced to.
async fn left_out(bench: &Bench) -> Result<Option<LeftOut>, SyncError> {
    bench.sync(Direction::FromRemote, |_| {}).left_out(false).await
}

/// A sync as a sidecar's.
async fn sync_what_was_restored(bench: &Bench) -> Result<podfs_sync::Report, SyncError> {
    bench.upload_target_with(|settings| settings.require_receipt = true).await
}

async fn what_no_sync_of_ours_left_is_not_taken_away_by_a_volume_that_never_had_it(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    put(&bench, "theirs", "precious", 1_600_000_000).await;
    assert_eq!(left_out(&bench).await.unwrap(), Some(LeftOut::Foreign));
    bench.write_in(&bench.target(), "ours", "1");
    let refused = sync_what_was_restored(&bench).await;
    assert!(matches!(refused, Err(SyncError::Refused(Valve::NoReceipt { .. }))), "{refused:?}");
    assert_eq!(bench.listed().await, ["theirs"]);
    // Who decides for them gets them, and who decides against them clears them away.
    bench.upload_target_with(|_| {}).await.unwrap();
    assert_eq!(bench.listed().await, ["ours"]);
}

async fn a_volume_for_which_there_is_nothing_may_be_the_first(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write_in(&bench.target(), "ours", "1");
    assert!(sync_what_was_restored(&bench).await.is_err());
    assert_eq!(left_out(&bench).await.unwrap(), Some(LeftOut::Empty));
    assert_eq!(sync_what_was_restored(&bench).await.unwrap().copied, 1);
    assert_eq!(left_out(&bench).await.unwrap(), None, "it was synced to");
    assert_eq!(sync_what_was_restored(&bench).await.unwrap().copied, 0);
}

async fn a_remote_that_lost_its_head_was_synced_to_all_the_same(place: Place) {
    let bench = with_two_files(place).await;
    assert!(bench.remote().delete(&[RelativePath::parse(".podfs/head").unwrap()]).await.is_empty());
    let refused = left_out(&bench).await;
    assert!(matches!(refused, Err(SyncError::Manifest(ManifestError::Headless))), "{refused:?}");
}
