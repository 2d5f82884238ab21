//! Syncs and restores that are killed at each of their requests, and what the next one makes of it.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;

use podfs_sync::head::State;
use podfs_sync::{Direction, Sync, SyncError, Verdict};
use podfs_testkit::tree::{Snapshot, snapshot};

use crate::bench::{Bench, put_object};
use crate::place::Place;
use crate::stopper::Stopper;

#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_killed_at_any_request_leaves_old_or_new_and_the_next_one_ends_it(
    #[values(Place::Local, Place::S3)] place: Place,
) {
    let mut gone_since = None;
    for requests in 0.. {
        let bench = Bench::new(place).await.unwrap();
        before(&bench);
        bench.upload().await;
        let old = bench.source_tree();
        after(&bench);
        let new = bench.source_tree();
        let ended = stopped_after(&bench, Direction::ToRemote, requests).await;
        bench.fresh_target();
        let report = bench.restore().await;
        assert_eq!(report.verdict(), Verdict::Done, "{requests}: {report:?}");
        let restored = snapshot(&bench.target()).unwrap();
        assert_old_or_new(&old, &new, &restored, requests);
        // Once it is known to be deleted it never comes back.
        let gone = !restored.contains_key(&b"gone"[..]);
        assert!(gone || gone_since.is_none(), "{requests}: came back, was gone since {gone_since:?}");
        if gone {
            gone_since.get_or_insert(requests);
        }
        let report = bench.upload().await;
        assert_eq!(report.verdict(), Verdict::Done, "{requests}: {report:?}");
        assert_eq!(bench.head().await.unwrap().state, State::Flushed, "{requests}");
        bench.restore().await;
        bench.assert_faithful();
        if ended {
            assert!(gone_since.is_some_and(|since| since < requests), "it was seen as gone before the end");
            return;
        }
    }
}

#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_killed_at_any_request_leaves_old_or_new_and_the_next_one_ends_it(
    #[values(Place::Local, Place::S3)] place: Place,
) {
    let bench = Bench::new(place).await.unwrap();
    for requests in 0.. {
        fresh_source(&bench);
        before(&bench);
        bench.upload().await;
        bench.fresh_target();
        bench.restore().await;
        let old = snapshot(&bench.target()).unwrap();
        after(&bench);
        bench.upload().await;
        let new = bench.source_tree();
        let ended = stopped_after(&bench, Direction::FromRemote, requests).await;
        assert_old_or_new(&old, &new, &snapshot(&bench.target()).unwrap(), requests);
        bench.restore().await;
        bench.assert_faithful();
        if ended {
            return;
        }
    }
}

/// The first sync of all: whatever it left, a restore is possible.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_sync_killed_at_any_request_can_be_restored_and_ended() {
    for requests in 0.. {
        let bench = Bench::new(Place::Local).await.unwrap();
        before(&bench);
        let ended = stopped_after(&bench, Direction::ToRemote, requests).await;
        let report = bench.restore().await;
        assert_eq!(report.verdict(), Verdict::Done, "{requests}: {report:?}");
        bench.upload().await;
        bench.fresh_target();
        bench.restore().await;
        bench.assert_faithful();
        if ended {
            return;
        }
    }
}

/// Also the sync that writes a lost manifest anew: until it is there nothing is lost in silence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healing_sync_killed_at_any_request_never_hides_that_the_manifest_is_lost() {
    for damage in ["head", "part"] {
        for requests in 0.. {
            let bench = Bench::new(Place::Local).await.unwrap();
            before(&bench);
            bench.upload().await;
            for (path, _) in bench.podfs_objects().await {
                if path.to_string().contains(if damage == "head" { "head" } else { "manifest/" }) {
                    put_object(&**bench.remote(), &path, b"damaged").await;
                }
            }
            let ended = stopped_after(&bench, Direction::ToRemote, requests).await;
            match bench.restore_with(|_| {}).await {
                Ok(_) => bench.assert_faithful(),
                Err(SyncError::Manifest(_)) => assert!(!ended, "{damage} {requests}"),
                Err(other) => panic!("{damage} {requests}: {other}"),
            }
            bench.upload().await;
            bench.restore().await;
            bench.assert_faithful();
            if ended {
                break;
            }
        }
    }
}

/// A kill between the delete of a folder's last file and that of the folder leaves it where a file is to be.
#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_a_killed_sync_emptied_is_in_nobodys_way(
    #[values((Place::Local, "some/where"), (Place::LocalRclone, "x/y"))] (place, mirror): (Place, &str),
) {
    for requests in 0.. {
        let bench = Bench::new(place).await.unwrap();
        bench.write("kind/inside", "old");
        bench.upload().await;
        let folder = bench.folder.path().join("store/root").join(mirror).join("kind");
        assert!(folder.is_dir());
        fs::remove_dir_all(bench.source().join("kind")).unwrap();
        bench.write("kind", "a file now");
        let ended = stopped_after(&bench, Direction::ToRemote, requests).await;
        if !folder.exists() {
            fs::create_dir(&folder).unwrap();
        }
        assert_eq!(bench.upload().await.verdict(), Verdict::Done, "{requests}");
        bench.restore().await;
        bench.assert_faithful();
        if ended {
            return;
        }
    }
}

/// A name that only we give, and only to what is not whole yet.
const LEFTOVER: &str = ".podfs-partial-0123456789abcdef";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn empty_folders_of_a_mirror_make_room_for_a_file() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("stays", "1");
    bench.upload().await;
    let mirror = bench.folder.path().join("store/root/some/where");
    fs::create_dir_all(mirror.join("kind/deeper/still")).unwrap();
    fs::create_dir(mirror.join("kind/beside")).unwrap();
    // Of an upload that was killed a moment ago.
    fs::write(mirror.join("kind/deeper").join(LEFTOVER), "half").unwrap();
    bench.write("kind", "a file");
    assert_eq!(bench.upload().await.verdict(), Verdict::Done);
    assert_eq!(fs::read_to_string(mirror.join("kind")).unwrap(), "a file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_of_a_mirror_that_holds_anything_else_stays_whole() {
    let bench = Bench::new(Place::Local).await.unwrap();
    bench.write("stays", "1");
    bench.upload().await;
    let folder = bench.folder.path().join("store/root/some/where/kind");
    fs::create_dir_all(folder.join("inner")).unwrap();
    fs::write(folder.join("inner").join(LEFTOVER), "half").unwrap();
    // What a mirror of files does not know.
    symlink("somewhere", folder.join("link")).unwrap();
    bench.write("kind", "a file");
    assert_eq!(bench.upload().await.verdict(), Verdict::Failed);
    assert!(folder.join("link").is_symlink() && folder.join("inner").join(LEFTOVER).is_file());
}

fn before(bench: &Bench) {
    for name in ["gone", "changed", "mode", "becomes a folder", "becomes a link", "was/a folder", "tied"] {
        bench.write(name, "old");
    }
    symlink("old", bench.source().join("link")).unwrap();
    fs::create_dir(bench.source().join("empty")).unwrap();
    fs::hard_link(bench.source().join("tied"), bench.source().join("tied too")).unwrap();
}

fn after(bench: &Bench) {
    let source = bench.source();
    for name in ["gone", "becomes a folder", "becomes a link", "link"] {
        fs::remove_file(source.join(name)).unwrap();
    }
    fs::remove_dir_all(source.join("was")).unwrap();
    fs::remove_dir(source.join("empty")).unwrap();
    bench.write("changed", "new content");
    bench.write("added", "new");
    bench.write("becomes a folder/with/a file", "new");
    symlink("inside", source.join("becomes a folder/link")).unwrap();
    symlink("new", source.join("becomes a link")).unwrap();
    symlink("new", source.join("link")).unwrap();
    bench.write("was", "a file now");
    bench.write("tied", "new content of both");
    fs::set_permissions(source.join("mode"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// Whether it ended before its requests did.
async fn stopped_after(bench: &Bench, direction: Direction, requests: i64) -> bool {
    // One after the other, so that each number of requests is one state.
    let sync = bench.sync(direction, |settings| settings.transfers = NonZeroUsize::new(1));
    stopped(sync, requests).await
}

/// The same for any sync.
pub(crate) async fn stopped(sync: Sync, requests: i64) -> bool {
    let stopper = Arc::new(Stopper::after(&sync.remote, requests));
    let remote = Arc::clone(&stopper);
    let sync = Sync { remote, ..sync };
    let report = match sync.plan().await {
        Ok(planned) => sync.execute(planned).await.ok(),
        Err(_) => None,
    };
    let ended = report.is_some_and(|report| report.verdict() == Verdict::Done);
    assert!(ended || stopper.stopped(), "{requests}: it failed by itself");
    // Tidying up after itself may fail and is no part of what was asked for.
    ended && !stopper.stopped()
}

fn fresh_source(bench: &Bench) {
    fs::remove_dir_all(bench.source()).unwrap();
    fs::create_dir(bench.source()).unwrap();
}

/// Contents, link targets and kinds of one tree, but for folders, which hold what they hold.
fn contents(tree: &Snapshot) -> BTreeMap<String, String> {
    let files = tree.iter().filter(|(_, state)| state.kind != podfs_testkit::tree::Kind::Dir);
    files
        .map(|(path, state)| {
            let name = String::from_utf8_lossy(path).into_owned();
            let target = String::from_utf8_lossy(&state.target).into_owned();
            (name, format!("{:?} {} {target}", state.kind, state.sha256))
        })
        .collect()
}

fn assert_old_or_new(old: &Snapshot, new: &Snapshot, found: &Snapshot, requests: i64) {
    let (old, new) = (contents(old), contents(new));
    for (path, content) in contents(found) {
        let known = [old.get(&path), new.get(&path)];
        assert!(known.contains(&Some(&content)), "{requests}: {path} is {content}, neither of {known:?}");
    }
    for (path, content) in &new {
        if old.get(path) == Some(content) {
            assert!(contents(found).contains_key(path), "{requests}: {path} never changed and is gone");
        }
    }
}
