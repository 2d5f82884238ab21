//! Batches of restored files: what fails is told alone, and leaves nothing behind.

use std::cell::Cell;
use std::os::fd::BorrowedFd;
use std::path::Path;

use bytes::Bytes;
use futures::future::join_all;
use rustix::io::Errno;

use super::*;
use crate::local::LocalRoot;
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

struct Place {
    folder: tempfile::TempDir,
    root: Arc<LocalRoot>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Arc::new(LocalRoot::open(folder.path()).unwrap());
        Self { folder, root }
    }

    fn target(&self, path: &str) -> Target {
        Target::new(&self.root, &RelativePath::parse(path).unwrap())
    }

    fn request(&self, path: &str) -> (Request, oneshot::Receiver<Result<Losses, LocalError>>) {
        let (done, answer) = oneshot::channel();
        (
            Request { target: self.target(path), finish: Finish::AsItIs, losses: Losses::default(), done },
            answer,
        )
    }

    /// What lies there, by name.
    fn names(&self) -> Vec<String> {
        names(self.folder.path())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let name = |item: std::io::Result<std::fs::DirEntry>| item.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(name).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn many_files_reach_their_places_with_content_and_time() {
    let place = Place::new();
    let committer = Committer::start();
    let time = Timestamp::from_nanoseconds(1_600_000_000_123_456_789);
    let commits = (0..2 * BATCH).map(|number| {
        let target = place.target(&format!("folder-{}/{number}", number % 20));
        let committer = &committer;
        async move {
            target.write_whole(Bytes::from(number.to_string())).await.unwrap();
            committer.commit(target, Finish::Time(time)).await
        }
    });
    assert!(join_all(commits).await.iter().all(Result::is_ok));
    for number in 0..2 * BATCH {
        let path = place.folder.path().join(format!("folder-{}/{number}", number % 20));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), number.to_string());
        let written = std::fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(Timestamp::from(written), time);
    }
    let in_one = (0..2 * BATCH).filter(|number| number % 20 == 7).count();
    assert_eq!(names(&place.folder.path().join("folder-7")).len(), in_one, "no temporary file is left");
}

#[tokio::test]
async fn one_file_does_not_wait_for_others() {
    let place = Place::new();
    let committer = Committer::start();
    tokio::time::pause();
    let before = Instant::now();
    committer.commit(place.target("alone"), Finish::AsItIs).await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(place.names(), ["alone"]);
}

#[tokio::test]
async fn a_file_that_cannot_take_its_place_is_told_alone() {
    let place = Place::new();
    std::fs::create_dir_all(place.folder.path().join("folder/in it")).unwrap();
    let committer = Committer::start();
    let mut paths: Vec<String> = (0..20).map(|number| format!("file {number:02}")).collect();
    paths.push(String::from("folder"));
    let targets: Vec<Target> = paths.iter().map(|path| place.target(path)).collect();
    let answers = join_all(targets.into_iter().map(|target| committer.commit(target, Finish::AsItIs))).await;
    let failed: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].kind, ErrorKind::Conflict);
    assert_eq!(place.names(), paths);
}

/// A disk that cannot write whole file systems, nor some of the files.
struct BadDisk {
    bad: Cell<usize>,
    asked: Cell<usize>,
}

impl Disk for BadDisk {
    fn flush(&self, _: BorrowedFd<'_>) -> rustix::io::Result<()> {
        self.asked.set(self.asked.get() + 1);
        if self.bad.replace(self.bad.get().saturating_sub(1)) > 0 { Err(Errno::IO) } else { Ok(()) }
    }

    fn flush_all(&self, _: BorrowedFd<'_>) -> rustix::io::Result<()> {
        Err(Errno::IO)
    }
}

#[test]
fn after_a_failed_flush_each_file_is_asked() {
    let place = Place::new();
    let (batch, mut answers): (Vec<_>, Vec<_>) =
        (0..20).map(|number| place.request(&format!("{number:02}"))).unzip();
    let disk = BadDisk { bad: Cell::new(1), asked: Cell::new(0) };
    let good = flush(batch, Part::File, &disk);
    assert_eq!((good.len(), disk.asked.get()), (19, 20));
    assert!(matches!(answers[0].try_recv(), Ok(Err(error)) if error.errno() == Some(Errno::IO)));
    assert_eq!(place.names().len(), 19, "the temporary file of the failed one is gone");
    drop(good);
    assert_eq!(place.names().len(), 0);
}

#[test]
fn a_folder_that_cannot_be_flushed_fails_all_files_in_it() {
    let place = Place::new();
    let paths = ["a/1", "a/2", "b/1"];
    let (batch, mut answers): (Vec<_>, Vec<_>) = paths.iter().map(|path| place.request(path)).unzip();
    let disk = BadDisk { bad: Cell::new(1), asked: Cell::new(0) };
    let good = flush(batch, Part::Folder, &disk);
    assert_eq!((good.len(), disk.asked.get()), (1, 2));
    assert!(answers.iter_mut().take(2).all(|answer| matches!(answer.try_recv(), Ok(Err(_)))));
}

#[test]
fn a_target_that_was_never_written_leaves_nothing() {
    let place = Place::new();
    drop(place.target("a/b"));
    assert!(place.names().is_empty());
}

#[test]
fn fewer_files_wait_than_may_be_open() {
    assert_eq!([Some(100), Some(1024), Some(1 << 20), None].map(room_with), [25, 256, ROOM, ROOM]);
}
