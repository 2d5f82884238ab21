//! Changes that leave a file's size and time as they were: once its mark has shown one, it is never forgotten.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use podfs_sync::{ErrorKind, Sync, Verdict};

use crate::bench::{Bench, run, write_below};
use crate::meddler::{Meddler, Trouble};
use crate::place::Place;
use crate::remembered::{index, sync, upload, upload_within, upload_without_a_request};

on_every_kind! {
    a_change_of_content_alone_survives_a_sync_that_is_killed,
    a_change_of_content_alone_survives_a_listing,
}

/// Other content of the same length, under the time that the file had.
fn rewrite(bench: &Bench, name: &str, content: &str) {
    let file = bench.source().join(name);
    let before = fs::metadata(&file).unwrap();
    assert_eq!(before.len(), content.len() as u64, "the size stays");
    fs::write(&file, content).unwrap();
    fs::File::open(&file).unwrap().set_modified(before.modified().unwrap()).unwrap();
}

/// A restore over what is there would go by size and time too.
async fn assert_there(bench: &Bench) {
    bench.fresh_target();
    bench.restore().await;
    bench.assert_faithful();
}

async fn a_change_of_content_alone_survives_a_sync_that_is_killed(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for name in ["secret", "stays"] {
        bench.write(name, "content 000");
    }
    upload(&bench).await;
    for requests in 0.. {
        rewrite(&bench, "secret", &format!("content {:03}", requests + 1));
        let (_, stopped) = upload_within(&bench, requests, |_| {}).await;
        upload(&bench).await;
        assert_there(&bench).await;
        if !stopped {
            break;
        }
    }
    upload_without_a_request(&bench).await;
}

async fn a_change_of_content_alone_survives_a_listing(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for name in ["secret", "stays"] {
        bench.write(name, "before");
    }
    upload(&bench).await;
    rewrite(&bench, "secret", "after!");
    let mut listing = sync(&bench);
    listing.index.as_mut().unwrap().list_every = Duration::ZERO;
    assert_eq!(run(listing).await.unwrap().copied, 1);
    assert_there(&bench).await;
}

/// The index is local; so is what follows.
async fn bench() -> Bench {
    let bench = Bench::new(Place::Local).await.unwrap();
    for name in ["secret", "stays"] {
        bench.write(name, "before");
    }
    bench
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_survives_that_somebody_else_wrote_to_the_remote() {
    let bench = bench().await;
    upload(&bench).await;
    let elsewhere = bench.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for name in ["secret", "stays"] {
        let time = fs::metadata(bench.source().join(name)).unwrap().modified().unwrap();
        fs::copy(bench.source().join(name), elsewhere.join(name)).unwrap();
        fs::File::open(elsewhere.join(name)).unwrap().set_modified(time).unwrap();
    }
    write_below(&elsewhere, "theirs", "content");
    let other = Sync { local: elsewhere, ..bench.sync(podfs_sync::Direction::ToRemote, |_| {}) };
    assert_eq!(run(other).await.unwrap().verdict(), Verdict::Done);
    rewrite(&bench, "secret", "after!");
    let report = upload(&bench).await;
    assert_eq!((report.copied, report.deleted), (1, 1), "{report:?}");
    assert_there(&bench).await;
}

/// Nothing but the mark tells of such a change where the manifest knows no hash: of files that we did not write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_survives_an_upload_that_did_not_come_to_pass() {
    let bench = bench().await;
    bench.upload_with(|settings| settings.plain = true).await.unwrap();
    assert_eq!(upload(&bench).await.copied, 0, "the manifest takes over what is there");
    rewrite(&bench, "secret", "after!");
    for _ in 0..2 {
        let victim = bench.source().join("secret");
        let restless = Meddler::of(bench.remote(), victim, Trouble::Fails(ErrorKind::SourceChanged));
        let report = run(Sync { remote: Arc::new(restless), ..sync(&bench) }).await.unwrap();
        assert_eq!(report.verdict(), Verdict::Partial, "{report:?}");
    }
    assert_eq!(upload(&bench).await.copied, 1);
    assert_there(&bench).await;
}

/// Nor is there anything else where another program has brought the file there, so that no record describes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_survives_an_upload_over_what_no_record_describes() {
    let bench = bench().await;
    upload(&bench).await;
    bench.write("secret", "brought by another");
    bench.upload_with(|settings| settings.plain = true).await.unwrap();
    rewrite(&bench, "secret", "and changed again!");
    for _ in 0..2 {
        let victim = bench.source().join("secret");
        let restless = Meddler::of(bench.remote(), victim, Trouble::Fails(ErrorKind::SourceChanged));
        let mut listing = Sync { remote: Arc::new(restless), ..sync(&bench) };
        listing.index.as_mut().unwrap().list_every = Duration::ZERO;
        let report = run(listing).await.unwrap();
        assert_eq!(report.verdict(), Verdict::Partial, "{report:?}");
    }
    assert_eq!(upload(&bench).await.copied, 1);
    assert_there(&bench).await;
}

/// What is left then is what a listing shows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_index_size_and_time_decide() {
    let bench = bench().await;
    upload(&bench).await;
    rewrite(&bench, "secret", "after!");
    fs::remove_file(index(&bench).file).unwrap();
    assert_eq!(upload(&bench).await.copied, 0);
}
