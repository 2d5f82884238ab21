//! What is left of a file that was interrupted, and what the next one makes of it.

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use rstest::rstest;

use super::*;
use crate::entry::{Entry, Modified};
use crate::local::{Committer, Finish, LocalRoot, is_temporary_name};
use crate::path::RelativePath;
use crate::unfinished::Unfinished;

const SIZE: usize = 100_000;
const PIECE: usize = 10_000;

struct Place {
    folder: tempfile::TempDir,
    state: tempfile::TempDir,
    root: Arc<LocalRoot>,
    content: Vec<u8>,
    sparse: bool,
}

impl Place {
    fn new() -> Self {
        let [folder, state] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let root = Arc::new(LocalRoot::open(folder.path()).unwrap());
        let mut content: Vec<u8> = (0..SIZE).map(|at| (at % 251) as u8).collect();
        // Behind the first five pieces as well as among them.
        content[15_000..75_000].fill(0);
        Self { folder, state, root, content, sparse: false }
    }

    /// The target of another process.
    fn target(&self) -> (Target, Arc<Unfinished>) {
        let unfinished = Arc::new(Unfinished::open(&self.notes(), "here".to_owned()));
        let path = RelativePath::parse("a/file").unwrap();
        let tag = Some("tag".to_owned());
        let entry = Entry { path: path.clone(), size: SIZE as u64, modified: Modified::Ask, tag };
        let keeping = unfinished.keeping(&entry);
        (Target::private(&self.root, &path, self.sparse).resumable(keeping), unfinished)
    }

    fn notes(&self) -> PathBuf {
        self.state.path().join("notes")
    }

    /// The temporary files that lie there.
    fn left(&self) -> Vec<PathBuf> {
        let Ok(files) = fs::read_dir(self.folder.path().join("a")) else { return Vec::new() };
        let files = files.map(|file| file.unwrap().path());
        files.filter(|path| is_temporary_name(path.file_name().unwrap().as_encoded_bytes())).collect()
    }

    async fn write(&self, target: &Target, pieces: impl Iterator<Item = usize>) {
        for piece in pieces {
            let content = self.content[piece * PIECE..][..PIECE].to_vec();
            target.write((piece * PIECE) as u64, Bytes::from(content)).await.unwrap();
        }
    }

    /// Five pieces from the beginning, and one that comes later.
    async fn interrupt(&self) -> PathBuf {
        let (target, _) = self.target();
        assert_eq!(missing(&target).await, all());
        self.write(&target, [0, 2, 1, 4, 3, 8].into_iter()).await;
        target.keep().await;
        drop(target);
        assert!(self.notes().exists());
        let [left] = &self.left()[..] else { panic!("{:?}", self.left()) };
        left.clone()
    }

    async fn assert_begins_anew(&self) {
        let (target, unfinished) = self.target();
        assert_eq!(missing(&target).await, all());
        assert!(!target.went_on() && unfinished.is_empty() && self.left().is_empty());
        self.write(&target, 0..10).await;
        self.assert_finishes(target).await;
    }

    async fn assert_finishes(&self, target: Target) {
        assert_eq!(target.hash().await.unwrap(), *blake3::hash(&self.content).as_bytes());
        target.is_whole().await.unwrap();
        Committer::start().commit(target.clone(), Finish::AsItIs).await.unwrap();
        target.is_in_place().await;
        drop(target);
        assert!(fs::read(self.folder.path().join("a/file")).unwrap() == self.content);
        assert!(self.left().is_empty() && !self.notes().exists());
    }
}

fn all() -> Vec<Range<u64>> {
    rest(0)
}

fn rest(start: usize) -> Vec<Range<u64>> {
    let range = Range { start: start as u64, end: SIZE as u64 };
    vec![range]
}

async fn missing(target: &Target) -> Vec<Range<u64>> {
    target.missing(SIZE as u64).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn it_goes_on_behind_what_was_there_from_the_beginning(#[values(false, true)] sparse: bool) {
    let place = Place { sparse, ..Place::new() };
    let left = place.interrupt().await;
    let (target, _) = place.target();
    assert_eq!(missing(&target).await, rest(5 * PIECE));
    assert!(target.went_on());
    assert_eq!(fs::metadata(left).unwrap().len(), 5 * PIECE as u64, "what came out of order comes again");
    place.write(&target, 5..10).await;
    place.assert_finishes(target).await;
}

#[tokio::test]
async fn it_may_be_interrupted_again_and_again_also_before_anything_new_came() {
    let place = Place::new();
    place.interrupt().await;
    for done in [5, 5, 7, 9] {
        let (target, _) = place.target();
        let there = missing(&target).await[0].start as usize / PIECE;
        place.write(&target, there..done).await;
        target.keep().await;
    }
    let (target, _) = place.target();
    assert_eq!(missing(&target).await, rest(9 * PIECE));
    place.write(&target, 9..10).await;
    place.assert_finishes(target).await;
}

#[rstest]
#[case::altered(|left: PathBuf, _: &Place| fs::File::options().write(true).open(left).unwrap().write_all_at(b"!", 7).unwrap())]
#[case::too_short(|left: PathBuf, _: &Place| fs::File::options().write(true).open(left).unwrap().set_len(9).unwrap())]
#[case::gone(|left: PathBuf, _: &Place| fs::remove_file(left).unwrap())]
#[case::another_file(|left: PathBuf, place: &Place| {
    let other = place.folder.path().join("other");
    fs::write(&other, &place.content[..50_000]).unwrap();
    fs::rename(other, left).unwrap();
})]
#[case::a_link(|left: PathBuf, place: &Place| {
    let elsewhere = place.folder.path().join("elsewhere");
    fs::rename(&left, &elsewhere).unwrap();
    symlink(elsewhere, left).unwrap();
})]
#[case::with_another_name(|left: PathBuf, place: &Place| fs::hard_link(left, place.folder.path().join("other")).unwrap())]
#[case::without_notes(|left: PathBuf, place: &Place| {
    fs::remove_file(place.notes()).unwrap();
    fs::remove_file(left).unwrap();
})]
#[tokio::test]
async fn whatever_is_not_as_it_was_left_begins_anew(#[case] change: fn(PathBuf, &Place)) {
    let place = Place::new();
    let left = place.interrupt().await;
    change(left, &place);
    place.assert_begins_anew().await;
}

#[tokio::test]
async fn what_others_put_in_its_place_is_never_written_to() {
    let place = Place::new();
    let left = place.interrupt().await;
    let precious = place.folder.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    fs::remove_file(&left).unwrap();
    fs::hard_link(&precious, &left).unwrap();
    place.assert_begins_anew().await;
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
}

#[tokio::test]
async fn what_is_given_up_for_good_leaves_nothing() {
    let place = Place::new();
    place.interrupt().await;
    let (target, _) = place.target();
    missing(&target).await;
    target.keep_nothing().await;
    drop(target);
    assert!(place.left().is_empty() && !place.notes().exists());

    place.interrupt().await;
    let (target, unfinished) = place.target();
    missing(&target).await;
    unfinished.keep_nothing();
    target.keep().await;
    drop(target);
    assert!(place.left().is_empty() && !place.notes().exists());
}

/// A restore that is killed before the name counts goes on once more; one that fails there does not.
#[tokio::test]
async fn a_whole_file_that_cannot_take_its_place_is_removed() {
    let place = Place::new();
    place.interrupt().await;
    fs::create_dir(place.folder.path().join("a/file")).unwrap();
    let (target, _) = place.target();
    missing(&target).await;
    place.write(&target, 5..10).await;
    target.is_whole().await.unwrap();
    Committer::start().commit(target.clone(), Finish::AsItIs).await.unwrap_err();
    assert!(place.notes().exists());
    drop(target);
    assert!(place.left().is_empty());
    fs::remove_dir(place.folder.path().join("a/file")).unwrap();
    place.assert_begins_anew().await;
}

/// Nobody but the owner may read what was private, whatever the umask says.
#[tokio::test]
async fn what_is_left_is_private() {
    let place = Place::new();
    let left = place.interrupt().await;
    assert_eq!(fs::metadata(left).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn an_object_that_nothing_tells_from_another_is_not_kept() {
    let place = Place::new();
    let unfinished = Arc::new(Unfinished::open(&place.notes(), "here".to_owned()));
    let path = RelativePath::parse("a/file").unwrap();
    let entry = Entry { path: path.clone(), size: SIZE as u64, modified: Modified::Ask, tag: None };
    let target = Target::new(&place.root, &path).resumable(unfinished.keeping(&entry));
    assert_eq!(missing(&target).await, all());
    place.write(&target, 0..5).await;
    target.keep().await;
    drop(target);
    assert!(place.left().is_empty() && !place.notes().exists());
}
