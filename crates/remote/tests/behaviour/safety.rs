//! What happens when the ground moves: changing files, links in the way, a sync that is given up.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use podfs_sync::{Direction, SyncError, Verdict};
use podfs_testkit::tree::{many_files, snapshot};

use crate::bench::{Bench, write_below};
use crate::meddler::Trouble;
use crate::place::Place;

on_every_place! {
    a_file_that_never_holds_still_replaces_nothing,
    a_file_that_vanishes_after_the_scan_is_counted_and_fails_nothing,
    a_restore_never_writes_through_a_link,
    a_restored_file_keeps_owner_and_mode_of_the_one_it_replaces,
    what_was_private_stays_private,
    leftovers_of_a_crashed_restore_go_away_and_are_never_uploaded,
    given_up_half_way_it_leaves_whole_files_and_no_leftovers,
}

/// The old copy on the remote stays when the file never holds still, and nothing else is kept from syncing.
async fn a_file_that_never_holds_still_replaces_nothing(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("busy", "good copy");
    bench.write("gone", "1");
    bench.upload().await;
    bench.write("calm", "1");
    bench.write("busy", "half written");
    std::fs::remove_file(bench.source().join("gone")).unwrap();
    let report = bench.run_troubled(Direction::ToRemote, "busy", Trouble::WrittenTo).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Partial, "{report:?}");
    assert_eq!((report.copied, report.deleted, report.unreadable), (1, 1, 1));
    assert_eq!(report.failures[0].path, "busy");
    bench.restore().await;
    assert_eq!(std::fs::read_to_string(bench.target().join("busy")).unwrap(), "good copy");
}

/// What it leaves on the remote goes with the next sync.
async fn a_file_that_vanishes_after_the_scan_is_counted_and_fails_nothing(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("here and gone", "old");
    bench.write("gone", "of another size than all that vanishes");
    bench.upload().await;
    bench.write("here and gone", "new content");
    bench.write("folder/here and gone", "1");
    bench.write("stays", "1");
    std::fs::remove_file(bench.source().join("gone")).unwrap();
    let sync = bench.sync(Direction::ToRemote, |_| {});
    let planned = sync.plan().await.unwrap();
    std::fs::remove_file(bench.source().join("here and gone")).unwrap();
    std::fs::remove_dir_all(bench.source().join("folder")).unwrap();
    let report = sync.execute(planned).await.unwrap();
    assert_eq!(report.verdict(), Verdict::Done, "{report:?}");
    assert_eq!((report.copied, report.deleted, report.vanished), (1, 1, 2));
    assert_eq!(bench.listed().await, ["here and gone", "stays"]);
    assert_eq!(bench.upload().await.deleted, 1);
    assert_eq!(bench.listed().await, ["stays"]);
}

/// Whoever knows that a folder belongs there lets the link give way to it; a plain mirror of files does not know.
async fn a_restore_never_writes_through_a_link(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("folder/file", "from the remote");
    bench.write("file", "from the remote");
    bench.upload().await;
    restore_over_links(&bench, false, 0).await;
    let inner = std::fs::symlink_metadata(bench.target().join("folder")).unwrap();
    assert!(inner.is_dir(), "the link gave way to the folder");
    std::fs::remove_dir_all(bench.target()).unwrap();
    std::fs::create_dir(bench.target()).unwrap();
    restore_over_links(&bench, true, 1).await;
}

async fn restore_over_links(bench: &Bench, plain: bool, failures: usize) {
    let outside = bench.folder.path().join("outside");
    write_below(&outside, "file", "precious");
    std::os::unix::fs::symlink(&outside, bench.target().join("folder")).unwrap();
    std::os::unix::fs::symlink(outside.join("file"), bench.target().join("file")).unwrap();
    let report = bench.restore_with(|settings| settings.plain = plain).await.unwrap();
    assert_eq!(std::fs::read_to_string(outside.join("file")).unwrap(), "precious");
    assert_eq!(snapshot(&outside).unwrap().len(), 1);
    assert_eq!(report.failures.len(), failures, "{:?}", report.failures);
    assert!(report.failures.iter().all(|failure| failure.path == "folder/file"));
    let replaced = std::fs::symlink_metadata(bench.target().join("file")).unwrap();
    assert!(replaced.is_file(), "the link itself gave way to the file");
}

async fn what_was_private_stays_private(place: Place) {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new(place).await.unwrap();
    bench.write("key", "new secret");
    bench.upload_with(|settings| settings.plain = true).await.unwrap();
    write_below(&bench.target(), "key", "old secret, longer");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(bench.target().join("key"), private.clone()).unwrap();
    assert_eq!(bench.restore().await.copied, 1);
    let mode = std::fs::metadata(bench.target().join("key")).unwrap().permissions().mode();
    assert_eq!((mode & 0o7777, private.mode()), (0o600, 0o600));
    assert_eq!(std::fs::read_to_string(bench.target().join("key")).unwrap(), "new secret");
}

async fn a_restored_file_keeps_owner_and_mode_of_the_one_it_replaces(place: Place) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    const MODE: u32 = 0o4750;
    let bench = Bench::new(place).await.unwrap();
    bench.write("program", "new version");
    bench.upload_with(|settings| settings.plain = true).await.unwrap();
    write_below(&bench.target(), "program", "old");
    let program = bench.target().join("program");
    // Whoever is not root can own files in one name only.
    let before = std::fs::metadata(&program).unwrap();
    let owner = if before.uid() == 0 { (4711, 4712) } else { (before.uid(), before.gid()) };
    chown(&program, Some(owner.0), Some(owner.1)).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(MODE)).unwrap();
    assert_eq!(bench.restore().await.copied, 1);
    let after = std::fs::metadata(&program).unwrap();
    assert_eq!(std::fs::read_to_string(&program).unwrap(), "new version");
    assert_ne!(after.ino(), before.ino(), "it was replaced");
    assert_eq!((after.uid(), after.gid(), after.mode() & 0o7777), (owner.0, owner.1, MODE));
}

async fn leftovers_of_a_crashed_restore_go_away_and_are_never_uploaded(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("a", "1");
    bench.write("b/.podfs-partial-0123456789abcdef", "half a file");
    link_left_in(&bench.source());
    assert_eq!(bench.upload().await.copied, 1);
    assert_eq!(bench.listed().await, ["a"]);
    write_below(&bench.target(), "b/.podfs-partial-0123456789abcdef", "half a file");
    link_left_in(&bench.target());
    bench.restore().await;
    let left: Vec<Vec<u8>> = snapshot(&bench.target()).unwrap().into_keys().collect();
    assert_eq!(left, [b"a".to_vec(), b"b".to_vec()], "the leftover is gone");
}

/// Whoever still writes to a younger one must not lose it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_upload_left_in_a_folder_goes_a_day_later() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("a", "1");
    bench.upload().await;
    let at = |digit: u8| {
        bench.folder.path().join(format!("store/root/some/where/.podfs-partial-012345678{digit:07}"))
    };
    for (digit, hours) in [(1, 23), (2, 25)] {
        std::fs::write(at(digit), "half a file").unwrap();
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(hours * 3_600);
        std::fs::File::open(at(digit)).unwrap().set_modified(time).unwrap();
    }
    bench.upload().await;
    assert!(at(1).exists() && at(2).exists(), "a sync that changes nothing changes nothing");
    bench.write("b", "1");
    bench.upload().await;
    assert!(at(1).exists() && !at(2).exists());
}

fn link_left_in(tree: &std::path::Path) {
    std::os::unix::fs::symlink("nowhere", tree.join(".podfs-partial-0123456789abcdee")).unwrap();
}

async fn given_up_half_way_it_leaves_whole_files_and_no_leftovers(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    many_files(&bench.source(), 300, 2_000).unwrap();
    bench.write("old", "deleted last");
    bench.upload().await;
    write_below(&bench.target(), "old", "not deleted when given up");
    std::fs::remove_file(bench.source().join("old")).unwrap();

    let sync =
        bench.sync(podfs_sync::Direction::FromRemote, |settings| settings.transfers = NonZeroUsize::new(2));
    let sync = podfs_sync::Sync { observer: Arc::new(StopAfter::new(20, bench.stop.clone())), ..sync };
    let planned = sync.plan().await.unwrap();
    let Err(SyncError::Interrupted(report)) = sync.execute(planned).await else {
        panic!("was not interrupted")
    };
    assert!((20..300).contains(&report.copied), "{report:?}");
    assert_eq!(report.deleted, 0);
    for (path, state) in snapshot(&bench.target()).unwrap() {
        let name = String::from_utf8_lossy(&path);
        assert!(!name.contains(".podfs-partial-"), "{name} was left");
        assert!(
            state.size == 2_000 || name == "old" || state.kind == podfs_testkit::tree::Kind::Dir,
            "{name} is torn: {state:?}"
        );
    }
}

/// Pulls the plug after so many files.
struct StopAfter {
    left: std::sync::atomic::AtomicI64,
    stop: tokio_util::sync::CancellationToken,
}

impl StopAfter {
    fn new(files: i64, stop: tokio_util::sync::CancellationToken) -> Self {
        Self { left: files.into(), stop }
    }
}

impl podfs_sync::Observer for StopAfter {
    fn copied(&self, _bytes: u64) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.stop.cancel();
        }
    }
}
