//! Both trees side by side: what lies here of what lies there. Pure.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::past::Past;
use crate::index::Mark;
use crate::local::{LocalNode, LocalWhat, Seen};
use crate::manifest::{RemoteNode, RemoteWhat};
use crate::path::RelativePath;

/// One item of the local tree, as a scan met it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Something that lies there.
    Node(LocalNode),
    /// Nobody could look at this file or folder: what is there, or inside, is unknown.
    Unknown(RelativePath),
}

impl Found {
    const fn path(&self) -> Option<&RelativePath> {
        match self {
            Self::Node(node) => node.path.as_ref(),
            Self::Unknown(path) => Some(path),
        }
    }
}

/// One item of the remote side.
pub trait There {
    /// Where it lies; `None` is the root.
    fn path(&self) -> Option<&RelativePath>;

    /// Whether what lies here is known to be what lies there, so that nobody has to look at the two.
    fn is_known_as(&self, local: &LocalNode) -> bool;

    /// The mark of what lay here when it was synced, where that is known.
    fn mark_then(&self) -> Option<Mark>;

    /// What lies there.
    fn into_what(self) -> RemoteWhat;
}

impl There for RemoteNode {
    fn path(&self) -> Option<&RelativePath> {
        self.path.as_ref()
    }

    fn is_known_as(&self, _local: &LocalNode) -> bool {
        false
    }

    fn mark_then(&self) -> Option<Mark> {
        None
    }

    fn into_what(self) -> RemoteWhat {
        self.what
    }
}

/// What shows that a file here has the content of the one there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Proof {
    /// Size and time.
    #[default]
    Times,
    /// Those are not enough: something was done to the file since they were noted.
    Changed,
    /// The user wants it to be read.
    Wanted,
    /// Nobody knows whether something was done to it: it is read, if that can tell anything.
    Doubtful,
    /// It was read: whether it has the hash that the manifest knows.
    Read {
        /// Whether it has.
        same: bool,
        /// Whether a later change of it would show.
        settled: bool,
    },
}

/// One path, as both sides have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pair {
    /// Where it lies; `None` is the root.
    pub path: Option<RelativePath>,
    /// What the local tree has.
    pub local: Option<LocalWhat>,
    /// What the remote has.
    pub remote: Option<RemoteWhat>,
    /// Something that holds nothing stands on one side where the other has files beneath: they cannot both be there.
    pub conflict: bool,
    /// The local tree could not be looked at here, so that "it has no such file" says nothing.
    pub unknown: bool,
    /// The remote has something here, or above, that cannot be fetched: that it has no such file says nothing either.
    pub untold: bool,
    /// What shows that anything was done to what lies here.
    pub seen: Seen,
    /// What shows that both have the same content.
    pub proof: Proof,
    /// The mark of what lay here when it was synced, where that is known.
    pub mark_then: Option<Mark>,
    /// What was there when both sides last agreed, for a restore that keeps local changes; `None` where nobody knows.
    pub past: Option<Box<Past>>,
}

impl Pair {
    /// A pair of which nothing special is known.
    #[must_use]
    pub fn new(path: Option<RelativePath>, local: Option<LocalWhat>, remote: Option<RemoteWhat>) -> Self {
        Self { path, local, remote, ..Self::default() }
    }
}

/// The walk over both. Each must be sorted by path, without doubles.
pub struct Merge<L: Iterator<Item = Found>, R: Iterator<Item: There>> {
    local: Peekable<L>,
    remote: Peekable<R>,
    unknown: Option<RelativePath>,
    local_file: Option<RelativePath>,
    remote_file: Option<RelativePath>,
    known: u64,
}

impl<L: Iterator<Item = Found>, R: Iterator<Item: There>> Merge<L, R> {
    /// Starts at the beginning of both.
    pub fn new(local: L, remote: R) -> Self {
        Self {
            local: local.peekable(),
            remote: remote.peekable(),
            unknown: None,
            local_file: None,
            remote_file: None,
            known: 0,
        }
    }

    /// How many files and links were passed over so far because nothing happened to them.
    pub const fn known(&self) -> u64 {
        self.known
    }

    fn pair(&mut self, path: RelativePath, local: Option<LocalWhat>, remote: Option<RemoteWhat>) -> Pair {
        let mut conflict = false;
        if let Some(what) = &local {
            conflict |= lies_beneath(&path, self.remote_file.as_ref());
            if !matches!(what, LocalWhat::Folder(_)) {
                conflict |= self.remote.peek().is_some_and(|next| is_beneath(next.path(), &path));
                remember(&mut self.local_file, &path);
            }
        }
        let mut unknown = false;
        if let Some(what) = &remote {
            conflict |= lies_beneath(&path, self.local_file.as_ref());
            if stands_there(what) {
                conflict |= self.local.peek().is_some_and(|next| is_beneath(next.path(), &path));
                remember(&mut self.remote_file, &path);
            }
            unknown =
                self.unknown.as_ref().is_some_and(|unknown| *unknown == path || path.is_beneath(unknown));
        }
        Pair { conflict, unknown, ..Pair::new(Some(path), local, remote) }
    }
}

/// Whether this takes the place of whatever would lie beneath it.
const fn stands_there(what: &RemoteWhat) -> bool {
    !matches!(what, RemoteWhat::Folder(_) | RemoteWhat::Lost(_) | RemoteWhat::Finished)
}

/// Keeps the outermost one where an object store has files beneath files.
fn remember(file: &mut Option<RelativePath>, path: &RelativePath) {
    if !lies_beneath(path, file.as_ref()) {
        *file = Some(path.clone());
    }
}

fn lies_beneath(path: &RelativePath, file: Option<&RelativePath>) -> bool {
    file.is_some_and(|file| path.is_beneath(file))
}

fn is_beneath(path: Option<&RelativePath>, file: &RelativePath) -> bool {
    path.is_some_and(|path| path.is_beneath(file))
}

impl<L: Iterator<Item = Found>, R: Iterator<Item: There>> Iterator for Merge<L, R> {
    type Item = Pair;

    fn next(&mut self) -> Option<Pair> {
        loop {
            let order = match (self.local.peek(), self.remote.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(local), Some(remote)) => local.path().cmp(&remote.path()),
            };
            let local = if order.is_le() { self.local.next() } else { None };
            let remote = if order.is_ge() { self.remote.next() } else { None };
            if let (Some(Found::Node(node)), Some(there)) = (&local, &remote)
                && there.is_known_as(node)
            {
                self.known +=
                    u64::from(matches!(node.what, LocalWhat::File(_) | LocalWhat::SymbolicLink { .. }));
                continue;
            }
            let (mut path, mut here, mut seen) = (None, None, Seen::default());
            match local {
                Some(Found::Unknown(unknown)) => self.unknown = Some(unknown),
                Some(Found::Node(node)) => (path, here, seen) = (node.path, Some(node.what), node.seen),
                None => {}
            }
            let mut mark_then = None;
            let there = remote.map(|node| {
                (path, mark_then) = (node.path().cloned(), node.mark_then());
                node.into_what()
            });
            match path {
                _ if here.is_none() && there.is_none() => {}
                Some(path) => return Some(Pair { seen, mark_then, ..self.pair(path, here, there) }),
                None => return Some(Pair { seen, mark_then, ..Pair::new(None, here, there) }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::plan::samples::{local_file, local_folder, remote_file, remote_folder};

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text).unwrap()
    }

    fn file(text: &str) -> Found {
        Found::Node(LocalNode {
            path: Some(path(text)),
            what: LocalWhat::File(local_file(1, 1)),
            seen: Seen::default(),
        })
    }

    fn folder(text: &str) -> Found {
        Found::Node(LocalNode { path: Some(path(text)), what: local_folder(0o755), seen: Seen::default() })
    }

    fn unknown(text: &str) -> Found {
        Found::Unknown(path(text))
    }

    fn object(text: &str) -> RemoteNode {
        RemoteNode { path: Some(path(text)), what: RemoteWhat::File(remote_file(text, 1, None)) }
    }

    fn recorded(text: &str) -> RemoteNode {
        RemoteNode { path: Some(path(text)), what: remote_folder(0o755) }
    }

    fn merge(local: &[Found], remote: &[RemoteNode]) -> Vec<String> {
        Merge::new(local.iter().cloned(), remote.iter().cloned())
            .map(|pair| {
                let sides = match (&pair.local, &pair.remote) {
                    (Some(_), Some(_)) => "=",
                    (Some(_), None) => "<",
                    _ => ">",
                };
                let conflict = if pair.conflict { "!" } else { "" };
                let unknown = if pair.unknown { "?" } else { "" };
                format!("{sides}{}{conflict}{unknown}", pair.path.unwrap())
            })
            .collect()
    }

    #[test]
    fn pairs_by_path() {
        assert_eq!(
            merge(&[file("a"), file("b/c"), file("d")], &[object("a"), object("b/x"), object("c")]),
            ["=a", "<b/c", ">b/x", ">c", "<d"]
        );
    }

    #[test]
    fn a_file_where_the_other_side_has_a_folder_is_a_conflict() {
        assert_eq!(
            merge(&[file("a")], &[object("a/x"), object("a/y"), object("a-b")]),
            ["<a!", ">a/x!", ">a/y!", ">a-b"]
        );
        assert_eq!(
            merge(&[folder("a"), file("a/x"), file("a/y")], &[object("a"), object("b")]),
            ["=a!", "<a/x!", "<a/y!", ">b"]
        );
    }

    #[test]
    fn folders_that_the_manifest_knows_are_in_nobodys_way() {
        let remote = [recorded("a"), object("a/x"), recorded("b")];
        assert_eq!(merge(&[folder("a"), file("a/x"), folder("c")], &remote), ["=a", "=a/x", ">b", "<c"]);
        assert_eq!(merge(&[file("a")], &remote), ["=a!", ">a/x!", ">b"]);
    }

    #[test]
    fn what_could_not_be_looked_at_is_not_gone() {
        assert_eq!(
            merge(&[unknown("a"), file("b")], &[object("a/x"), recorded("a/y"), object("ab"), object("b")]),
            [">a/x?", ">a/y?", ">ab", "=b"]
        );
        assert_eq!(merge(&[unknown("a")], &[object("a")]), [">a?"]);
    }

    fn tree() -> impl Strategy<Value = BTreeSet<RelativePath>> {
        prop::collection::btree_set("[ab-]{1,2}(/[ab-]{1,2}){0,2}", 0..12)
            .prop_map(|paths| paths.into_iter().filter_map(|path| RelativePath::parse(path).ok()).collect())
    }

    proptest! {
        #[test]
        fn every_file_of_both_sides_comes_once(here in tree(), there in tree()) {
            let local = here.iter().map(|path| file(&path.to_string())).collect::<Vec<_>>();
            let remote = there.iter().map(|path| object(&path.to_string())).collect::<Vec<_>>();
            let pairs: Vec<Pair> = Merge::new(local.into_iter(), remote.into_iter()).collect();
            let paths = |side: fn(&Pair) -> bool| {
                pairs.iter().filter(|pair| side(pair)).filter_map(|pair| pair.path.clone()).collect::<Vec<_>>()
            };
            prop_assert_eq!(paths(|pair| pair.local.is_some()), here.iter().cloned().collect::<Vec<_>>());
            prop_assert_eq!(paths(|pair| pair.remote.is_some()), there.iter().cloned().collect::<Vec<_>>());
            for pair in &pairs {
                let path = pair.path.as_ref().unwrap();
                let clashes = |mine: bool, others: &BTreeSet<RelativePath>| mine
                    && others.iter().any(|other| other.is_beneath(path) || path.is_beneath(other));
                let expected = clashes(pair.local.is_some(), &there) || clashes(pair.remote.is_some(), &here);
                // Where both sides clash with themselves (object stores), more may be marked, never less.
                prop_assert!(!expected || pair.conflict);
            }
        }
    }
}
