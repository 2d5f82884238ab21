//! Files that have another name by now and cannot be uploaded under it: the old name is all that the remote has of them.

use std::fs;
use std::sync::Arc;

use podfs_sync::{Report, Sync, Verdict};

use crate::bench::{Bench, run};
use crate::meddler::{Meddler, Trouble};
use crate::place::Place;
use crate::remembered::sync;

on_every_place! {
    an_old_name_stays_until_the_file_is_there_under_its_new_one,
    a_file_that_is_renamed_again_while_it_is_synced_keeps_its_old_name,
    what_stands_where_an_old_name_waits_waits_too,
    where_nothing_is_remembered_the_size_tells,
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
    std::os::unix::fs::symlink("busy", bench.source().join("current")).unwrap();
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
