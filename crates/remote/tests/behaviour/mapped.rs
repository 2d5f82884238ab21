//! Files that are written to through a mapping: what the kernel tells of that, and what it does not.

use std::fs;
use std::path::Path;
use std::time::Duration;

use podfs_sync::local::{LocalRoot, Source};
use podfs_sync::{Direction, ErrorKind, RelativePath, Sync};
use podfs_testkit::mapped::Mapped;
use tempfile::TempDir;

use crate::bench::{Bench, run};
use crate::place::Place;
use crate::remembered::index;

/// On the disk that holds the build, which is none in memory.
fn on_disk() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap()
}

/// A file of several pages, one of which was stored to a while ago.
fn written_to(folder: &Path) -> Mapped {
    fs::write(folder.join("database"), vec![b'-'; 20_000]).unwrap();
    let mut mapped = Mapped::new(&folder.join("database")).unwrap();
    mapped.store(0, b'a');
    // So that the stamps of what follows differ.
    std::thread::sleep(Duration::from_millis(50));
    mapped
}

async fn sync(bench: &Bench, folder: &Path, checksum: bool) -> u64 {
    let sync = bench.sync(Direction::ToRemote, |settings| settings.checksum = checksum);
    run(Sync { index: Some(index(bench)), local: folder.to_path_buf(), ..sync }).await.unwrap().copied
}

#[test]
fn a_file_that_is_stored_to_while_it_is_read_does_not_hold_still() {
    let folder = on_disk();
    let mut mapped = written_to(folder.path());
    let root = LocalRoot::open(folder.path()).unwrap();
    let source = Source::open(&root, &RelativePath::parse("database").unwrap()).unwrap();
    assert!(source.check_unchanged().is_ok());
    mapped.store(1, b'b');
    assert_eq!(source.check_unchanged().unwrap_err().kind, ErrorKind::SourceChanged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_after_an_upload_is_found_by_the_next_sync() {
    let (bench, folder) = (Bench::new(Place::Local).await.unwrap(), on_disk());
    let mut mapped = written_to(folder.path());
    assert_eq!(sync(&bench, folder.path(), false).await, 1);
    mapped.store(1, b'b');
    drop(mapped);
    assert_eq!(sync(&bench, folder.path(), false).await, 1);
    assert_eq!(sync(&bench, folder.path(), false).await, 0);
}

/// A limit of what the kernel tells: pages in memory are never written to a disk, and so never clean again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_memory_only_a_checksum_finds_it() {
    let (bench, folder) = (Bench::new(Place::Local).await.unwrap(), in_memory());
    let mut mapped = written_to(folder.path());
    assert_eq!(sync(&bench, folder.path(), false).await, 1);
    mapped.store(1, b'b');
    drop(mapped);
    assert_eq!(sync(&bench, folder.path(), false).await, 0, "nothing but its content is another");
    assert_eq!(
        sync(&bench, folder.path(), true).await,
        1,
        "the index counts, and the file is read all the same"
    );
}
