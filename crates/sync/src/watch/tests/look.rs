//! A reader of scopes: it looks at what a scope names and at nothing else, as a sync does, and remembers what it saw.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Watch, wait_for};
use crate::path::RelativePath;
use crate::scope::{Reach, Scope};

/// What a look at a path shows: inode, mode, size, modification and change time in nanoseconds.
type Seen = (u64, u32, u64, i64, i64);

/// A tree as it was seen.
pub(super) type Picture = BTreeMap<Option<RelativePath>, Seen>;

/// Somebody who knows of a tree only what a watch made him look at.
pub(super) struct Reader {
    root: PathBuf,
    pub(super) picture: Picture,
    pub(super) scans: usize,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), picture: Picture::new(), scans: 0 }
    }

    /// Takes what a watch has gathered and looks there.
    pub(super) fn look(&mut self, watch: &Watch) {
        match watch.take() {
            Scope::Everything => {
                self.scans += 1;
                self.picture = picture(&self.root);
            }
            Scope::Paths(paths) => {
                paths.into_iter().for_each(|(path, reach)| self.look_at(path.as_ref(), reach));
            }
        }
    }

    fn look_at(&mut self, path: Option<&RelativePath>, reach: Reach) {
        let seen = see(&self.root, path);
        let is_folder = seen.is_some_and(|seen| seen.1 & 0o170_000 == 0o040_000);
        if reach == Reach::Beneath || !is_folder {
            self.forget(path);
        }
        if let Some(seen) = seen {
            self.picture.insert(path.cloned(), seen);
        }
        if reach == Reach::Beneath && is_folder {
            collect(&self.root, path, &mut self.picture);
        }
    }

    /// Forgets a path and all beneath it.
    fn forget(&mut self, path: Option<&RelativePath>) {
        let Some(path) = path else { return self.picture.clear() };
        let from_here = self.picture.range(Some(path.clone())..).map(|(other, _)| other);
        let here = from_here
            .take_while(|other| other.as_ref().is_some_and(|other| other == path || other.is_beneath(path)));
        let here: Vec<_> = here.cloned().collect();
        for other in &here {
            self.picture.remove(other);
        }
    }

    /// Looks until everything that has happened so far was told.
    pub(super) fn catch_up(&mut self, watch: &Watch, sentinel: &str) {
        fs::write(self.root.join(sentinel), "").unwrap();
        let sentinel = Some(RelativePath::parse(sentinel).unwrap());
        wait_for(watch, "the last change is told", |_| {
            self.look(watch);
            self.picture.contains_key(&sentinel)
        });
        wait_for(watch, "all is watched", |news| news.complete);
        self.look(watch);
    }

    /// Fails unless all that was seen is what is there.
    #[track_caller]
    pub(super) fn assert_up_to_date(&self) {
        let real = picture(&self.root);
        let missed: Vec<_> =
            real.iter().filter(|(path, seen)| self.picture.get(*path) != Some(*seen)).collect();
        let gone: Vec<_> = self.picture.keys().filter(|path| !real.contains_key(*path)).collect();
        assert!(missed.is_empty() && gone.is_empty(), "missed {missed:#?}, still believed in {gone:#?}");
    }
}

/// A whole tree.
pub(super) fn picture(root: &Path) -> Picture {
    let mut picture = Picture::new();
    picture.extend(see(root, None).map(|seen| (None, seen)));
    collect(root, None, &mut picture);
    picture
}

fn collect(root: &Path, folder: Option<&RelativePath>, picture: &mut Picture) {
    let real = folder.map_or_else(|| root.to_path_buf(), |folder| root.join(folder.as_path()));
    // Whatever goes away meanwhile was not there.
    let Ok(items) = fs::read_dir(real) else { return };
    for item in items.flatten() {
        let name = item.file_name();
        let path = RelativePath::child(folder, name.as_encoded_bytes()).unwrap();
        let Some(seen) = see(root, Some(&path)) else { continue };
        picture.insert(Some(path.clone()), seen);
        if seen.1 & 0o170_000 == 0o040_000 {
            collect(root, Some(&path), picture);
        }
    }
}

fn see(root: &Path, path: Option<&RelativePath>) -> Option<Seen> {
    let real = path.map_or_else(|| root.to_path_buf(), |path| root.join(path.as_path()));
    fs::symlink_metadata(real).ok().map(|metadata| seen(&metadata))
}

fn seen(metadata: &Metadata) -> Seen {
    let nanoseconds = |seconds: i64, rest: i64| seconds * 1_000_000_000 + rest;
    (
        metadata.ino(),
        metadata.mode(),
        metadata.size(),
        nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
    )
}
