//! Copies that a remote makes by itself, where it can.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use podfs_sync::local::{LocalRoot, Source, Target};
use podfs_sync::manifest::{Nonce, Stored};
use podfs_sync::{Entry, Listed, Modified, RelativePath};
use podfs_testkit::tree::odd_names;

use crate::bench::Bench;
use crate::place::Place;

on_every_place! {
    a_copy_has_the_content_and_time_of_its_original_and_replaces_what_was_there,
    another_object_in_the_originals_place_is_not_copied,
    what_is_not_there_is_not_copied,
    names_of_any_kind_are_copied,
}

/// Everything that a remote of this kind is known to copy, so that none stops in silence.
fn copies(place: Place) -> bool {
    !matches!(place, Place::LocalRclone | Place::Sftp | Place::Ftp | Place::Union)
        && !matches!(place, Place::Alias | Place::Combine | Place::Crypt)
}

fn path(name: impl AsRef<[u8]>) -> RelativePath {
    RelativePath::parse(name.as_ref()).unwrap()
}

/// Uploads a file of that age, and gives what a record would say of it.
async fn put(bench: &Bench, name: &RelativePath, content: &[u8], seconds: u64) -> Entry {
    let at = bench.source().join("file");
    fs::write(&at, content).unwrap();
    let time = SystemTime::now() - Duration::from_secs(3_600 + seconds);
    fs::File::open(&at).unwrap().set_modified(time).unwrap();
    let source = Source::open(&LocalRoot::open(&bench.source()).unwrap(), &path("file")).unwrap();
    let stored = bench.remote().upload(&source, name).await.unwrap();
    let entry = bench.remote().stat(name).await.unwrap().unwrap();
    let modified = if stored.modified == Modified::Ask { entry.modified } else { stored.modified };
    Entry { tag: stored.tag, modified, ..entry }
}

async fn content(bench: &Bench, name: &RelativePath) -> Vec<u8> {
    fetch(bench, name).await.0
}

/// The content, and the nonce of an object that we encrypted.
async fn fetch(bench: &Bench, name: &RelativePath) -> (Vec<u8>, Option<Nonce>) {
    let entry = bench.remote().stat(name).await.unwrap().unwrap();
    let target = Target::scratch(&Arc::new(LocalRoot::open(&bench.target()).unwrap())).unwrap();
    let came = bench.remote().download(&entry, &target).await.unwrap();
    let mut content = vec![0; usize::try_from(target.size().unwrap()).unwrap()];
    std::os::unix::fs::FileExt::read_exact_at(target.file().unwrap(), &mut content, 0).unwrap();
    (content, came.nonce)
}

async fn listed(bench: &Bench, name: &RelativePath) -> Entry {
    let listing: Vec<Listed> = bench.remote().list().try_collect().await.unwrap();
    let mut found = listing.into_iter().filter_map(|item| match item {
        Listed::File(entry) if entry.path == *name => Some(entry),
        _ => None,
    });
    found.next().unwrap()
}

async fn copy(bench: &Bench, from: &Entry, to: &RelativePath) -> Option<Stored> {
    bench.remote().copy(from, to).await.unwrap()
}

async fn a_copy_has_the_content_and_time_of_its_original_and_replaces_what_was_there(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    assert_eq!(bench.remote().abilities().copies, copies(place));
    let (from, to) = (path("some/original"), path("else/where/the copy"));
    for (size, old) in [(0, None), (70_000, Some(b"the old one".as_slice())), (2_000_000, Some(b""))] {
        let wanted: Vec<u8> = (0..size).map(|at| (at % 253) as u8).collect();
        let entry = put(&bench, &from, &wanted, 7).await;
        if let Some(old) = old {
            put(&bench, &to, old, 100).await;
        }
        let copied = copy(&bench, &entry, &to).await;
        assert_eq!(copied.is_some(), copies(place), "{size}");
        let Some(stored) = copied else { return };
        let (original, copied) = (fetch(&bench, &from).await, fetch(&bench, &to).await);
        assert!(original == copied && copied.0 == wanted, "{size}");
        assert_eq!(copied.1.is_some(), place.native_encryption().is_some());
        let (original, shown) = (entry, bench.remote().stat(&to).await.unwrap().unwrap());
        assert_eq!(shown.size, size as u64);
        if let Some(precision) = bench.remote().abilities().time_precision {
            let (Modified::At(copied), Modified::At(original)) = (shown.modified, original.modified) else {
                panic!("{shown:?} of {original:?}");
            };
            assert!(copied.same_within(original, precision));
        }
        // A record of it holds from now on.
        let precision = bench.remote().abilities().time_precision.unwrap_or_default();
        let listed = listed(&bench, &to).await;
        let listed = if listed.modified == Modified::Ask && listed.tag.is_none() { shown } else { listed };
        assert!(stored.shows_as(&listed, precision), "{stored:?} and {listed:?}");
    }
    assert_eq!(bench.listed().await, ["else/where/the copy", "some/original"], "and nothing beside them");
}

async fn another_object_in_the_originals_place_is_not_copied(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    let (from, to) = (path("original"), path("copy"));
    let entry = put(&bench, &from, b"what was meant", 7).await;
    put(&bench, &to, b"old", 100).await;
    put(&bench, &from, b"something else", 5).await;
    if copies(place) && bench.remote().abilities().time_precision.is_some() {
        assert_eq!(copy(&bench, &entry, &to).await, None);
        assert_eq!(content(&bench, &to).await, b"old");
    }
    put(&bench, &from, b"something longer", 3).await;
    assert_eq!(copy(&bench, &entry, &to).await, None);
    assert_eq!(content(&bench, &to).await, b"old");
}

async fn what_is_not_there_is_not_copied(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    let entry = put(&bench, &path("original"), b"content", 7).await;
    put(&bench, &path("copy"), b"old", 100).await;
    assert!(bench.remote().delete(&[path("original")]).await.is_empty());
    assert_eq!(copy(&bench, &entry, &path("copy")).await, None);
    assert_eq!(content(&bench, &path("copy")).await, b"old");
    assert_eq!(copy(&bench, &entry, &path("new")).await, None);
    assert_eq!(bench.listed().await, ["copy"]);
}

async fn names_of_any_kind_are_copied(place: Place) {
    let bench = Bench::new(place).await.unwrap();
    if !copies(place) {
        return;
    }
    let able = |name: &RelativePath| {
        bench.remote().check_name(name).is_ok()
            && !place.cannot_hold(name.as_bytes())
            && !place.misspells(name.as_bytes())
    };
    let plain = put(&bench, &path("plain"), b"of a plain name", 9).await;
    for name in odd_names() {
        let (name, again) = (path(&name), path([b"again/", name.as_slice()].concat()));
        if !able(&name) || !able(&again) {
            continue;
        }
        assert!(copy(&bench, &plain, &name).await.is_some(), "to {name}");
        let entry = put(&bench, &name, name.as_bytes(), 9).await;
        assert!(copy(&bench, &entry, &again).await.is_some(), "from {name}");
        assert_eq!(content(&bench, &again).await, name.as_bytes());
    }
}
