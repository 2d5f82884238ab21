//! Keeps what the remote has where a file system was mounted that is not there any more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::table;
use crate::local::LocalWhat;
use crate::manifest::RemoteWhat;
use crate::path::RelativePath;
use crate::plan::Pair;
use crate::report::{Failure, FailureKind};

/// What to say of such a place.
const GONE: &str = "a file system was mounted there when it was last synced, and is not now: what the remote has in its place \
                    stays as it is; mount it again, or pass --force-even-if-remote-would-be-cleared once to mirror what is there";

/// Goes along the pairs of a sync to the remote, in order.
pub(crate) struct Keeper {
    root: PathBuf,
    known: Arc<BTreeSet<RelativePath>>,
    /// Whether nothing is mounted any more at a place, by the table when the first pair from there came. A file system that
    /// is walked cannot be unmounted, so that it still says what the scan met.
    gone: BTreeMap<RelativePath, bool>,
    kept: Kept,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The places for which something was kept.
    pub(crate) places: BTreeSet<RelativePath>,
    /// Inodes and sizes of files that lie there now, and whose names the remote keeps for others.
    pub(crate) missed: Vec<(u64, u64)>,
}

impl Kept {
    /// What is to be said of each place.
    pub(crate) fn failures(&self) -> impl Iterator<Item = Failure> {
        self.places.iter().map(|place| {
            let (path, error) = (place.to_string(), GONE.to_owned());
            Failure { path, error, kind: FailureKind::Unreadable }
        })
    }
}

impl Keeper {
    /// For a tree in which something is or was mounted at the `known` places.
    pub(crate) fn new(root: PathBuf, known: Arc<BTreeSet<RelativePath>>) -> Self {
        Self { root, known, gone: BTreeMap::new(), kept: Kept::default() }
    }

    /// The pair, as one of which nobody knows what lies here if that is so. What the remote does not have goes there: it is
    /// in nobody's way.
    pub(crate) fn keep(&mut self, pair: Pair) -> Pair {
        let Some(place) = self.place_of(pair.path.as_ref()) else { return pair };
        if pair.remote.is_none() && !pair.conflict || !self.is_gone(&place) {
            return pair;
        }
        // The folder itself is there, whatever is mounted on it.
        let itself = pair.path.as_ref() == Some(&place);
        if !(itself && matches!(pair.remote, Some(RemoteWhat::Folder(_)))) {
            self.kept.places.insert(place);
        }
        if let Some(LocalWhat::File(file)) = &pair.local {
            self.kept.missed.push((pair.seen.inode, file.size));
        }
        Pair { local: None, unknown: true, ..pair }
    }

    /// The innermost known place at or above a path.
    fn place_of(&self, path: Option<&RelativePath>) -> Option<RelativePath> {
        if self.known.is_empty() {
            return None;
        }
        let mut here = path.cloned();
        while let Some(place) = here {
            if self.known.contains(&place) {
                return Some(place);
            }
            here = place.parent();
        }
        None
    }

    fn is_gone(&mut self, place: &RelativePath) -> bool {
        if let Some(gone) = self.gone.get(place) {
            return *gone;
        }
        // Where nobody can tell, nothing is lost by keeping it.
        let gone = !table::places(&self.root).is_ok_and(|mounted| mounted.contains(place));
        self.gone.insert(place.clone(), gone);
        gone
    }

    /// What was kept.
    pub(crate) fn end(self) -> Kept {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::Seen;
    use crate::plan::samples::{local_file, remote_file, remote_folder};

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text).unwrap()
    }

    fn pair(text: &str, here: bool, there: bool) -> Pair {
        let local = here.then(|| LocalWhat::File(local_file(1, 1)));
        let remote = there.then(|| RemoteWhat::File(remote_file(text, 1, None)));
        Pair::new(Some(path(text)), local, remote)
    }

    #[test]
    fn what_the_remote_has_where_nothing_is_mounted_any_more_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let known = Arc::new(BTreeSet::from([path("a/b"), path("c")]));
        let mut keeper = Keeper::new(folder.path().to_path_buf(), known);
        for (text, here, there) in [("a/b/x", false, true), ("a/b/y", true, true), ("a/b/z/x", false, true)] {
            let kept = keeper.keep(pair(text, here, there));
            assert!(kept.unknown && kept.local.is_none() && kept.remote.is_some(), "{kept:?}");
        }
        for (text, here, there) in [("a/b/new", true, false), ("a/x", false, true), ("ab", false, true)] {
            assert_eq!(keeper.keep(pair(text, here, there)), pair(text, here, there));
        }
        let blocked = Pair { conflict: true, ..pair("a/b/new", true, false) };
        assert!(keeper.keep(blocked).local.is_none(), "it would stand in the way of what is kept");
        let empty = Pair::new(Some(path("c")), None, Some(remote_folder(0o755)));
        assert!(keeper.keep(empty).unknown);
        let kept = keeper.end();
        assert_eq!(kept.places, BTreeSet::from([path("a/b")]), "there is nothing inside the other");
        assert_eq!(kept.failures().count(), 1);
    }

    #[test]
    fn a_file_whose_name_the_remote_keeps_for_another_is_missed() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(folder.path().to_path_buf(), Arc::new(BTreeSet::from([path("a")])));
        for (inode, text, there) in [(1, "a/goes", false), (2, "a/waits", true), (3, "beside", true)] {
            keeper.keep(Pair { seen: Seen { inode, ..Seen::default() }, ..pair(text, true, there) });
        }
        assert_eq!(keeper.end().missed, [(2, 1)]);
    }
}
