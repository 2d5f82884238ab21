//! Keeps what the remote has where a file system was mounted that is not there any more.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use crate::local::LocalWhat;
use crate::manifest::RemoteWhat;
use crate::path::RelativePath;
use crate::plan::Pair;
use crate::report::{Failure, FailureKind};

/// What to say of such a place.
const GONE: &str = "a file system was mounted there when it was last synced, and is not now: what the remote has in its place \
                    stays as it is; mount it again, or pass --force-even-if-remote-would-be-cleared once to mirror what is there";

/// Where something is or was mounted inside the source.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// Before the scan begins.
    pub(crate) before: BTreeSet<RelativePath>,
    /// Then, or when it was synced last.
    pub(crate) known: BTreeSet<RelativePath>,
}

/// Says where something is mounted now.
type Table = Box<dyn Fn() -> io::Result<BTreeSet<RelativePath>> + Send>;

/// Goes along the pairs of a sync to the remote, in order. What the scan met in a place was on the mount if that was there
/// from before the scan until all of the place was looked at: others come and go at any time, also while they are walked
/// (`umount -l`).
pub(crate) struct Keeper {
    places: Arc<Places>,
    table: Table,
    /// Whether what is known to have been mounted at a place is not what the scan met there, as far as that shows when the
    /// first pair comes from there.
    gone: BTreeMap<RelativePath, bool>,
    /// The places that are being walked and are not gone, each inside the one before it.
    inside: Vec<RelativePath>,
    kept: Kept,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The places for which something was kept.
    pub(crate) places: BTreeSet<RelativePath>,
    /// Inodes and sizes of files that lie there now, and whose names the remote keeps for others.
    pub(crate) missed: Vec<(u64, u64)>,
    /// A place that was mounted when the walk came there and not any more when it left: what is missing there may be missing
    /// for that alone.
    pub(crate) lost: Option<RelativePath>,
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
    pub(crate) fn new(
        places: Arc<Places>,
        table: impl Fn() -> io::Result<BTreeSet<RelativePath>> + Send + 'static,
    ) -> Self {
        let table = Box::new(table);
        Self { places, table, gone: BTreeMap::new(), inside: Vec::new(), kept: Kept::default() }
    }

    /// The pair, as one of which nobody knows what lies here if that is so. What the remote does not have goes there: it is
    /// in nobody's way.
    pub(crate) fn keep(&mut self, pair: Pair) -> Pair {
        self.leave(pair.path.as_ref());
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
        if self.places.known.is_empty() {
            return None;
        }
        let mut here = path.cloned();
        while let Some(place) = here {
            if self.places.known.contains(&place) {
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
        let gone = !self.places.before.contains(place) || !self.is_mounted(place);
        self.gone.insert(place.clone(), gone);
        if !gone {
            self.inside.push(place.clone());
        }
        gone
    }

    /// Where nobody can tell, nothing is lost by keeping what is there.
    fn is_mounted(&self, place: &RelativePath) -> bool {
        (self.table)().is_ok_and(|mounted| mounted.contains(place))
    }

    /// All that came so far was looked at. Whatever does not hold the next path is left for good.
    fn leave(&mut self, next: Option<&RelativePath>) {
        let is_left =
            |place: &mut RelativePath| next.is_none_or(|next| next != place && !next.is_beneath(place));
        while let Some(place) = self.inside.pop_if(is_left) {
            if !self.is_mounted(&place) {
                self.kept.lost = Some(place);
            }
        }
    }

    /// What was kept.
    pub(crate) fn end(mut self) -> Kept {
        self.leave(None);
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

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

    fn paths(texts: &[&str]) -> BTreeSet<RelativePath> {
        texts.iter().map(|text| path(text)).collect()
    }

    /// The keeper, and what the table says.
    fn keeper(known: &[&str], before: &[&str]) -> (Keeper, Arc<Mutex<BTreeSet<RelativePath>>>) {
        let places = Places { before: paths(before), known: paths(known) };
        let table = Arc::new(Mutex::new(paths(before)));
        let now = Arc::clone(&table);
        (Keeper::new(Arc::new(places), move || Ok(now.lock().unwrap().clone())), table)
    }

    #[test]
    fn what_the_remote_has_where_nothing_is_mounted_any_more_is_kept() {
        let (mut keeper, _) = keeper(&["a/b", "c"], &[]);
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
        let (mut keeper, _) = keeper(&["a"], &[]);
        for (inode, text, there) in [(1, "a/goes", false), (2, "a/waits", true), (3, "beside", true)] {
            keeper.keep(Pair { seen: Seen { inode, ..Seen::default() }, ..pair(text, true, there) });
        }
        assert_eq!(keeper.end().missed, [(2, 1)]);
    }

    #[test]
    fn what_was_mounted_since_the_scan_began_is_not_what_it_met() {
        let (mut keeper, table) = keeper(&["disk"], &[]);
        *table.lock().unwrap() = paths(&["disk"]);
        assert!(keeper.keep(pair("disk/x", false, true)).unknown);
        assert_eq!(keeper.end().places, paths(&["disk"]));
    }

    #[test]
    fn what_goes_away_while_it_is_walked_is_told_and_afterwards_it_may() {
        let all = ["a", "a/b", "c"];
        let walk = |gone_at: usize| {
            let (mut keeper, table) = keeper(&all, &all);
            for (at, text) in ["a/b/x", "a/x", "b", "c/x"].into_iter().enumerate() {
                if at == gone_at {
                    table.lock().unwrap().remove(&path("a"));
                }
                assert_eq!(keeper.keep(pair(text, false, true)), pair(text, false, true));
            }
            table.lock().unwrap().remove(&path("a/b"));
            keeper.end().lost
        };
        assert_eq!([walk(2), walk(3), walk(9)], [Some(path("a")), None, None]);
        let (mut keeper, table) = keeper(&all, &all);
        keeper.keep(pair("c/x", false, true));
        table.lock().unwrap().clear();
        assert_eq!(keeper.end().lost, Some(path("c")), "there is nothing behind it");
    }
}
