//! Syncs that remember what the last one left on the remote: they ask for what changed, and never believe a lie.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use podfs_sync::index::IndexPlace;
use podfs_sync::{Direction, Reach, RelativePath, Remote, Report, Scope, Sync, SyncError, Verdict};
use podfs_testkit::tree::plain_tree;

use crate::bench::{Bench, run, write_below};
use crate::meddler::{Meddler, Trouble};
use crate::place::Place;
use crate::stopper::Stopper;

on_every_kind! {
    a_sync_with_nothing_to_do_asks_the_remote_nothing,
    one_changed_file_costs_four_requests_beside_it,
    whatever_happens_is_found_without_a_listing,
    a_file_that_moved_is_copied_by_the_store,
    a_remote_that_moved_on_is_looked_at_before_anything_is_written,
    a_killed_sync_leaves_no_index_that_lies,
    a_machine_that_went_down_under_a_sync_leaves_no_index_that_lies,
}

pub(crate) fn index(bench: &Bench) -> IndexPlace {
    IndexPlace {
        file: bench.folder.path().join("index.redb"),
        belongs_to: "this test".to_owned(),
        boot: Some("today's".to_owned()),
        ask_every: Duration::from_secs(3_600),
        list_every: Duration::from_secs(86_400),
    }
}

pub(crate) fn sync(bench: &Bench) -> Sync {
    Sync { index: Some(index(bench)), ..bench.sync(Direction::ToRemote, |_| {}) }
}

pub(crate) async fn upload(bench: &Bench) -> Report {
    let report = run(sync(bench)).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Done, "{report:?}");
    report
}

/// A sync that may send so many requests to the remote.
pub(crate) async fn upload_within(
    bench: &Bench,
    requests: i64,
    change: impl FnOnce(&mut Sync),
) -> (Result<Report, SyncError>, bool) {
    let stopper = Arc::new(Stopper::after(bench.remote(), requests));
    let mut sync = Sync { remote: Arc::clone(&stopper) as Arc<dyn Remote>, ..sync(bench) };
    change(&mut sync);
    (run(sync).await, stopper.stopped())
}

pub(crate) async fn upload_without_a_request(bench: &Bench) -> Report {
    upload_within(bench, 0, |_| {}).await.0.unwrap()
}

fn path(text: &str) -> RelativePath {
    RelativePath::parse(text).unwrap()
}

pub(crate) async fn assert_mirrored(bench: &Bench) {
    bench.restore().await;
    bench.assert_faithful();
}

async fn a_sync_with_nothing_to_do_asks_the_remote_nothing(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    plain_tree(&bench.source()).unwrap();
    let first = upload(&bench).await;
    for _ in 0..2 {
        let report = upload_without_a_request(&bench).await;
        assert_eq!((report.copied, report.unchanged, report.attributes), (0, first.copied, 0), "{report:?}");
    }
    assert_mirrored(&bench).await;
}

/// Nobody gathers them, and the head would come to name more than anybody reads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_is_missing_does_not_make_the_manifest_grow_for_ever() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "1");
    for number in 0..40 {
        bench.write("changing", &format!("{number}"));
        upload(&bench).await;
        let parts = bench.head().await.unwrap().manifest;
        assert!(parts.len() <= 19, "{number}: {}", parts.len());
        if number == 3 {
            let lost = path(&format!(".podfs/manifest/{}", parts[1].name));
            assert!(bench.remote().delete(&[lost]).await.is_empty());
        }
    }
    assert_mirrored(&bench).await;
}

/// The head is read, said to be open, and said to be flushed; a part of the manifest goes between.
async fn one_changed_file_costs_four_requests_beside_it(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    plain_tree(&bench.source()).unwrap();
    upload(&bench).await;
    bench.write("one more", "content");
    let (report, stopped) = upload_within(&bench, 5, |_| {}).await;
    assert_eq!((report.unwrap().copied, stopped), (1, false));
    assert_mirrored(&bench).await;
}

async fn whatever_happens_is_found_without_a_listing(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for name in ["mode", "content", "secret", "gone", "moved", "kind", "deep/er/file", "empty/file", "tied"] {
        bench.write(name, "before");
    }
    fs::hard_link(bench.source().join("tied"), bench.source().join("tied too")).unwrap();
    std::os::unix::fs::symlink("somewhere", bench.source().join("link")).unwrap();
    upload(&bench).await;

    let at = |name: &str| bench.source().join(name);
    fs::set_permissions(at("mode"), fs::Permissions::from_mode(0o600)).unwrap();
    bench.write("content", "after and longer");
    let time = fs::metadata(at("secret")).unwrap().modified().unwrap();
    fs::write(at("secret"), "AFTER!").unwrap();
    fs::File::open(at("secret")).unwrap().set_modified(time).unwrap();
    fs::remove_file(at("gone")).unwrap();
    fs::rename(at("moved"), at("moved away")).unwrap();
    fs::remove_file(at("kind")).unwrap();
    bench.write("kind/is a folder now", "inside");
    fs::rename(at("deep"), at("deeper")).unwrap();
    fs::remove_file(at("empty/file")).unwrap();
    fs::remove_file(at("tied")).unwrap();
    fs::remove_file(at("link")).unwrap();
    std::os::unix::fs::symlink("elsewhere", at("link")).unwrap();

    let unlisted = Arc::new(Stopper::of_listings(bench.remote()));
    let report = run(Sync { remote: unlisted, ..sync(&bench) }).await.unwrap();
    assert_eq!(report.copied, 5, "content, secret, moved away, kind, deeper: {report:?}");
    assert_mirrored(&bench).await;
    let report = upload_without_a_request(&bench).await;
    assert_eq!((report.copied, report.attributes, report.deleted), (0, 0, 0), "{report:?}");
}

async fn a_file_that_moved_is_copied_by_the_store(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("folder/moved", "its content");
    bench.write("stays", "content");
    upload(&bench).await;
    fs::rename(bench.source().join("folder"), bench.source().join("another")).unwrap();
    // Whoever uploads it fails.
    let victim = bench.source().join("another/moved");
    let remote = Arc::new(Meddler::of(bench.remote(), victim, Trouble::Unsendable));
    let report = run(Sync { remote, ..sync(&bench) }).await.unwrap();
    let copies = bench.remote().abilities().copies;
    assert_eq!((report.copied, report.failed), if copies { (1, 0) } else { (0, 1) }, "{report:?}");
    upload(&bench).await;
    assert_mirrored(&bench).await;
    // A file that changed on the way is no copy.
    let time = fs::metadata(bench.source().join("stays")).unwrap().modified().unwrap();
    fs::write(bench.source().join("stays"), "CONTENT").unwrap();
    fs::File::open(bench.source().join("stays")).unwrap().set_modified(time).unwrap();
    fs::rename(bench.source().join("stays"), bench.source().join("goes")).unwrap();
    upload(&bench).await;
    assert_mirrored(&bench).await;
    assert_eq!(fs::read_to_string(bench.target().join("goes")).unwrap(), "CONTENT");
}

async fn a_remote_that_moved_on_is_looked_at_before_anything_is_written(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for name in ["ours", "both"] {
        bench.write(name, "ours");
    }
    upload(&bench).await;
    // Somebody else, who knows nothing of our index.
    let elsewhere = bench.folder.path().join("elsewhere");
    for name in ["theirs", "both"] {
        write_below(&elsewhere, name, "theirs, and longer");
    }
    let other = Sync { local: elsewhere, ..bench.sync(Direction::ToRemote, |_| {}) };
    assert_eq!(run(other).await.unwrap().verdict(), Verdict::Done);

    bench.write("one more", "content");
    let report = upload(&bench).await;
    assert_eq!((report.copied, report.deleted), (3, 1), "ours, both, one more; theirs goes: {report:?}");
    assert_mirrored(&bench).await;
    upload_without_a_request(&bench).await;
}

async fn a_killed_sync_leaves_no_index_that_lies(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for name in ["stays", "changes", "goes"] {
        bench.write(name, "before");
    }
    upload(&bench).await;
    for requests in 0.. {
        // What is new goes away again before anybody looks: only the remote has it then.
        bench.write("comes", "for a moment");
        bench.write("changes", &format!("for the {requests}. time"));
        fs::remove_file(bench.source().join("goes")).unwrap();
        let (outcome, stopped) = upload_within(&bench, requests, |_| {}).await;
        assert_eq!(outcome.is_err() || outcome.unwrap().verdict() == Verdict::Failed, stopped, "{requests}");
        fs::remove_file(bench.source().join("comes")).unwrap();
        bench.write("goes", "it is back");
        upload(&bench).await;
        assert_mirrored(&bench).await;
        if !stopped {
            break;
        }
    }
}

/// Nothing of what the sync noted has reached the disk, and nothing of what it found there: the tree is as it was before.
async fn a_machine_that_went_down_under_a_sync_leaves_no_index_that_lies(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    for name in ["changes", "goes"] {
        bench.write(name, "before");
    }
    upload(&bench).await;
    let file = index(&bench).file;
    let lost = bench.folder.path().join("lost");
    for requests in 0.. {
        let noted = fs::read(&file).unwrap();
        write_below(&lost, "changes", &format!("for the {requests}. time"));
        let (_, stopped) = upload_within(&bench, requests, |sync| sync.local.clone_from(&lost)).await;
        fs::write(&file, noted).unwrap();
        drop(fs::remove_file(file.with_extension("syncing")));
        let mut started_again = sync(&bench);
        started_again.index.as_mut().unwrap().boot = Some(format!("the {requests}. one"));
        assert_eq!(run(started_again).await.unwrap().verdict(), Verdict::Done);
        assert_mirrored(&bench).await;
        if !stopped {
            break;
        }
    }
}

/// The index is local; so is what follows.
pub(crate) async fn bench() -> Bench {
    let bench = Bench::new(Place::Local).await.unwrap();
    plain_tree(&bench.source()).unwrap();
    bench.write("folder/file", "content");
    upload(&bench).await;
    bench
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_other_programs_did_is_seen_by_the_next_listing() {
    let bench = bench().await;
    assert!(bench.remote().delete(&[path("folder/file")]).await.is_empty());
    upload_without_a_request(&bench).await;
    let mut listing = sync(&bench);
    listing.index.as_mut().unwrap().list_every = Duration::ZERO;
    assert_eq!(run(listing).await.unwrap().copied, 1);
    assert_mirrored(&bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_was_not_looked_at_for_long_is_looked_at() {
    let bench = bench().await;
    let now = |sync: &mut Sync| sync.index.as_mut().unwrap().ask_every = Duration::ZERO;
    let (outcome, stopped) = upload_within(&bench, 1, now).await;
    assert!(outcome.is_ok() && !stopped, "one request");
    let (outcome, stopped) = upload_within(&bench, 0, now).await;
    assert!(outcome.is_err() && stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_another_start_of_the_machine_the_head_is_looked_at() {
    let bench = bench().await;
    for (boot, requests) in [(Some("another"), 1), (Some("another"), 0), (None, 1), (None, 1)] {
        let started = |sync: &mut Sync| sync.index.as_mut().unwrap().boot = boot.map(str::to_owned);
        if requests > 0 {
            upload_within(&bench, 0, started).await.0.expect_err("it asks");
        }
        let (outcome, stopped) = upload_within(&bench, requests, started).await;
        assert!(outcome.is_ok() && !stopped, "{boot:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_checksum_every_file_is_read() {
    let bench = bench().await;
    let file = bench.source().join("folder/file");
    // As if the disk had changed it: nothing but the content is another.
    let changed_below = bench.source().join("folder/new");
    fs::write(&changed_below, "CONTENT").unwrap();
    let time = fs::metadata(&file).unwrap().modified().unwrap();
    fs::File::open(&changed_below).unwrap().set_modified(time).unwrap();
    fs::rename(&changed_below, &file).unwrap();
    fs::remove_file(index(&bench).file).unwrap();
    assert_eq!(upload(&bench).await.copied, 0, "without an index size and time are all there is");
    let mut checking = sync(&bench);
    checking.settings.checksum = true;
    assert_eq!(run(checking).await.unwrap().copied, 1);
    assert_mirrored(&bench).await;
}

async fn upload_scope(bench: &Bench, paths: &[(&str, Reach)]) -> Report {
    let paths: BTreeMap<_, _> =
        paths.iter().map(|(name, reach)| ((!name.is_empty()).then(|| path(name)), *reach)).collect();
    run(Sync { scope: Scope::Paths(paths), ..sync(bench) }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_lies_in_the_scope_is_looked_at() {
    use Reach::{Beneath, Itself};
    let bench = bench().await;
    let files = upload_without_a_request(&bench).await.unchanged;
    bench.write("folder/file", "changed");
    bench.write("elsewhere", "new");
    let report = upload_scope(&bench, &[("folder/file", Itself), ("folder", Itself)]).await;
    assert_eq!((report.copied, report.unchanged), (1, files - 1), "{report:?}");
    assert!(!bench.listed().await.contains(&"elsewhere".to_owned()));
    // A folder that moved: both names reach down, whatever was asked for.
    fs::rename(bench.source().join("folder"), bench.source().join("moved")).unwrap();
    let report = upload_scope(&bench, &[("", Itself), ("folder", Itself), ("moved", Beneath)]).await;
    assert_eq!((report.copied, report.deleted), (1, 1), "{report:?}");
    upload(&bench).await;
    assert_mirrored(&bench).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_with_several_names_are_looked_at_with_the_whole_tree() {
    let bench = bench().await;
    fs::hard_link(bench.source().join("folder/file"), bench.source().join("another name")).unwrap();
    bench.write("elsewhere", "new");
    assert_eq!(upload_scope(&bench, &[("another name", Reach::Itself)]).await.copied, 2);
    assert_mirrored(&bench).await;
}

/// The valve for a source that is empty does not depend on how the plan was made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_source_never_clears_the_remote_by_the_index_either() {
    let bench = bench().await;
    let before = bench.listed().await;
    fs::remove_dir_all(bench.source()).unwrap();
    fs::create_dir(bench.source()).unwrap();
    let outcome = run(sync(&bench)).await;
    assert!(matches!(outcome, Err(SyncError::Refused(_))), "{outcome:?}");
    assert_eq!(bench.listed().await, before);
}
