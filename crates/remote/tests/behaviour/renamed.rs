//! Files that have another name by now and cannot be uploaded under it: the old name is all that the remote has of them.

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use podfs_sync::{Report, Sync, Verdict};

use crate::bench::{Bench, run};
use crate::crashes::stopped;
use crate::meddler::{Meddler, Trouble};
use crate::place::Place;
use crate::remembered::sync;

on_every_kind! {
    an_old_name_stays_until_the_file_is_there_under_its_new_one,
    a_file_that_is_renamed_again_while_it_is_synced_keeps_its_old_name,
    what_stands_where_an_old_name_waits_waits_too,
    where_nothing_is_remembered_the_size_tells,
    what_takes_the_place_of_a_link_or_file_keeps_its_old_name_until_it_is_there,
    what_takes_such_a_place_and_cannot_be_opened_keeps_its_old_name,
    an_old_name_in_the_way_of_the_new_one_stays_when_that_cannot_be_opened,
}

/// What keeps a file from being uploaded: it never holds still, or the store cannot hold its name.
const TROUBLES: [Trouble; 2] = [Trouble::WrittenTo, Trouble::Unnameable];

async fn with_files(place: Place, names: &[&str]) -> Bench {
    let bench = Bench::new(place).await.unwrap();
    for name in names {
        bench.write(name, "as long as the others");
    }
    run(sync(&bench)).await.unwrap();
    bench
}

fn rename(bench: &Bench, from: &str, to: &str) {
    fs::rename(bench.source().join(from), bench.source().join(to)).unwrap();
}

/// A sync during which one file meets trouble.
async fn run_troubled(bench: &Bench, sync: Sync, victim: &str, trouble: Trouble) -> Report {
    let remote = Meddler::of(bench.remote(), bench.source().join(victim), trouble);
    run(Sync { remote: Arc::new(remote), ..sync }).await.unwrap()
}

async fn ends_well(bench: &Bench) {
    let report = run(sync(bench)).await.unwrap();
    assert_eq!((report.verdict(), report.deletes_held_back), (Verdict::Done, 0), "{report:?}");
    bench.restore().await;
    bench.assert_faithful();
}

/// Only that one waits, and not another that happens to be as large.
async fn an_old_name_stays_until_the_file_is_there_under_its_new_one(place: Place) {
    for trouble in TROUBLES {
        let bench = with_files(place, &["old", "other", "stays"]).await;
        rename(&bench, "old", "new");
        fs::remove_file(bench.source().join("other")).unwrap();
        for (deleted, held_back) in [(1, 1), (0, 1)] {
            let report = run_troubled(&bench, sync(&bench), "new", trouble).await;
            assert_eq!((report.deleted, report.deletes_held_back), (deleted, held_back), "{report:?}");
            assert_ne!(report.verdict(), Verdict::Done);
            // A store that copies by itself may have done so before the file changed.
            let mut listed = bench.listed().await;
            listed.retain(|name| name != "new");
            assert_eq!(listed, ["old", "stays"]);
        }
        ends_well(&bench).await;
        assert_eq!(bench.listed().await, ["new", "stays"]);
    }
}

async fn a_file_that_is_renamed_again_while_it_is_synced_keeps_its_old_name(place: Place) {
    let bench = with_files(place, &["old", "stays"]).await;
    rename(&bench, "old", "new");
    let running = sync(&bench);
    let planned = running.plan().await.unwrap();
    rename(&bench, "new", "newer");
    let report = running.execute(planned).await.unwrap();
    assert_eq!((report.vanished, report.deletes_held_back), (1, 1), "{report:?}");
    assert_eq!(report.verdict(), Verdict::Partial, "somebody has to come back");
    assert_eq!(bench.listed().await, ["old", "stays"]);
    ends_well(&bench).await;
}

async fn what_stands_where_an_old_name_waits_waits_too(place: Place) {
    let bench = with_files(place, &["current", "folder/file", "stays"]).await;
    rename(&bench, "current", "busy");
    symlink("busy", bench.source().join("current")).unwrap();
    let report = run_troubled(&bench, sync(&bench), "busy", Trouble::WrittenTo).await;
    assert_eq!((report.verdict(), report.deletes_held_back), (Verdict::Partial, 1), "{report:?}");
    bench.restore().await;
    assert_eq!(fs::read_to_string(bench.target().join("current")).unwrap(), "as long as the others");
    ends_well(&bench).await;

    rename(&bench, "folder/file", "busy too");
    fs::remove_dir(bench.source().join("folder")).unwrap();
    bench.write("folder", "a file now");
    let report = run_troubled(&bench, sync(&bench), "busy too", Trouble::WrittenTo).await;
    assert_eq!((report.verdict(), report.deletes_held_back), (Verdict::Failed, 1), "{report:?}");
    assert!(bench.listed().await.contains(&"folder/file".to_owned()));
    ends_well(&bench).await;
}

async fn where_nothing_is_remembered_the_size_tells(place: Place) {
    let bench = with_files(place, &["old", "stays"]).await;
    bench.write("other", "of another size");
    bench.upload().await;
    rename(&bench, "old", "new");
    fs::remove_file(bench.source().join("other")).unwrap();
    let unremembered = bench.sync(podfs_sync::Direction::ToRemote, |_| {});
    let report = run_troubled(&bench, unremembered, "new", Trouble::WrittenTo).await;
    assert_eq!((report.deleted, report.deletes_held_back), (1, 1), "{report:?}");
    assert_eq!(bench.listed().await, ["old", "stays"]);
    ends_well(&bench).await;
}

/// What a folder that is renamed takes the place of.
#[derive(Debug, Clone, Copy)]
enum There {
    Link,
    File,
}

const THERE: [There; 2] = [There::Link, There::File];

/// `releases/2` has become `current` since it was synced, and a link keeps its old name valid.
async fn renamed_onto(place: Place, there: There) -> Bench {
    let bench = with_files(place, &["releases/2/busy", "releases/2/quiet", "stays"]).await;
    let current = bench.source().join("current");
    match there {
        There::Link => symlink("releases/1", &current).unwrap(),
        There::File => bench.write("current", "of an earlier release"),
    }
    run(sync(&bench)).await.unwrap();
    fs::remove_file(&current).unwrap();
    rename(&bench, "releases/2", "current");
    symlink("../current", bench.source().join("releases/2")).unwrap();
    bench
}

/// What such a sync left can be restored, and both files with it.
async fn both_come_back(bench: &Bench, circumstances: &str) {
    let report = bench.restore().await;
    assert_eq!(report.verdict(), Verdict::Done, "{circumstances}: {report:?}");
    for name in ["busy", "quiet"] {
        let found = |folder| fs::read_to_string(bench.target().join(folder).join(name));
        let content = found("current").or_else(|_| found("releases/2")).unwrap();
        assert_eq!(content, "as long as the others", "{circumstances}: {name}");
    }
}

async fn what_takes_the_place_of_a_link_or_file_keeps_its_old_name_until_it_is_there(place: Place) {
    for there in THERE {
        let bench = renamed_onto(place, there).await;
        let report = run_troubled(&bench, sync(&bench), "current/busy", Trouble::WrittenTo).await;
        assert_eq!((report.verdict(), report.deletes_held_back), (Verdict::Partial, 1), "{report:?}");
        let mut listed = bench.listed().await;
        listed.retain(|name| name != "current/busy");
        assert_eq!(listed, ["current/quiet", "releases/2/busy", "stays"], "{there:?}");
        both_come_back(&bench, &format!("{there:?}")).await;
        ends_well(&bench).await;
    }
}

async fn what_takes_such_a_place_and_cannot_be_opened_keeps_its_old_name(place: Place) {
    for there in THERE {
        for in_its_place in [None, Some("current/busy/folder")] {
            let bench = renamed_onto(place, there).await;
            let running = sync(&bench);
            let planned = running.plan().await.unwrap();
            rename(&bench, "current/busy", "busy by now");
            if let Some(folder) = in_its_place {
                fs::create_dir_all(bench.source().join(folder)).unwrap();
            }
            let report = running.execute(planned).await.unwrap();
            assert_eq!((report.verdict(), report.deletes_held_back), (Verdict::Partial, 1), "{report:?}");
            assert_eq!(bench.listed().await, ["current/quiet", "releases/2/busy", "stays"], "{there:?}");
            both_come_back(&bench, &format!("{there:?}")).await;
            ends_well(&bench).await;
        }
    }
}

/// No store can hold both, so that the old one has to go first, and does so only where there is something to come.
async fn an_old_name_in_the_way_of_the_new_one_stays_when_that_cannot_be_opened(place: Place) {
    let bench = with_files(place, &["kind", "stays"]).await;
    rename(&bench, "kind", "moved");
    fs::create_dir(bench.source().join("kind")).unwrap();
    rename(&bench, "moved", "kind/inside");
    let running = sync(&bench);
    let planned = running.plan().await.unwrap();
    rename(&bench, "kind/inside", "kind/elsewhere");
    let report = running.execute(planned).await.unwrap();
    assert_eq!((report.vanished, report.deletes_held_back), (1, 1), "{report:?}");
    assert_eq!(bench.listed().await, ["kind", "stays"]);
    ends_well(&bench).await;
}

#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_killed_at_any_request_leaves_it_under_its_old_or_its_new_name(
    #[values(Place::Local, Place::S3)] place: Place,
    #[values(There::Link, There::File)] there: There,
) {
    for requests in 0.. {
        let bench = renamed_onto(place, there).await;
        let mut killed = sync(&bench);
        // One after the other, so that each number of requests is one state.
        killed.settings.transfers = NonZeroUsize::new(1);
        let ended = stopped(killed, requests).await;
        both_come_back(&bench, &format!("{requests}")).await;
        ends_well(&bench).await;
        if ended {
            return;
        }
    }
}
