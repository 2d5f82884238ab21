//! Two sorted listings side by side: which file of one belongs to which of the other. Pure.

use std::iter::Peekable;

use crate::entry::Entry;
use crate::path::RelativePath;

/// One item of a sorted listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File(Entry),
    /// Nobody could look at this file or folder: what is there, or inside, is unknown.
    Unknown(RelativePath),
}

impl Found {
    /// Where it lies.
    #[must_use]
    pub const fn path(&self) -> &RelativePath {
        match self {
            Self::File(entry) => &entry.path,
            Self::Unknown(path) => path,
        }
    }
}

/// A file as both sides have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What the truth has.
    pub source: Option<Entry>,
    /// What the other side has.
    pub destination: Option<Entry>,
    /// A file of one side stands where the other side has a folder: they cannot both be there.
    pub conflict: bool,
    /// The truth could not be looked at here, so that "it has no such file" says nothing.
    pub unknown: bool,
}

/// The walk over both listings. Each must be sorted by path, without doubles.
pub struct Merge<S: Iterator<Item = Found>, D: Iterator<Item = Found>> {
    source: Peekable<S>,
    destination: Peekable<D>,
    source_unknown: Option<RelativePath>,
    source_file: Option<RelativePath>,
    destination_file: Option<RelativePath>,
}

impl<S: Iterator<Item = Found>, D: Iterator<Item = Found>> Merge<S, D> {
    /// Starts at the beginning of both.
    pub fn new(source: S, destination: D) -> Self {
        Self {
            source: source.peekable(),
            destination: destination.peekable(),
            source_unknown: None,
            source_file: None,
            destination_file: None,
        }
    }

    fn pair(&mut self, source: Option<Entry>, destination: Option<Entry>) -> Pair {
        let mut conflict = false;
        if let Some(entry) = &source {
            conflict |= lies_beneath(entry, self.destination_file.as_ref());
            conflict |= next_lies_beneath(&mut self.destination, &entry.path);
            remember(&mut self.source_file, entry);
        }
        let mut unknown = false;
        if let Some(entry) = &destination {
            conflict |= lies_beneath(entry, self.source_file.as_ref());
            conflict |= next_lies_beneath(&mut self.source, &entry.path);
            remember(&mut self.destination_file, entry);
            unknown = self
                .source_unknown
                .as_ref()
                .is_some_and(|path| *path == entry.path || entry.path.is_beneath(path));
        }
        Pair { source, destination, conflict, unknown }
    }
}

/// Keeps the outermost file where an object store has files beneath files.
fn remember(file: &mut Option<RelativePath>, entry: &Entry) {
    if !lies_beneath(entry, file.as_ref()) {
        *file = Some(entry.path.clone());
    }
}

fn lies_beneath(entry: &Entry, file: Option<&RelativePath>) -> bool {
    file.is_some_and(|file| entry.path.is_beneath(file))
}

fn next_lies_beneath(listing: &mut Peekable<impl Iterator<Item = Found>>, path: &RelativePath) -> bool {
    listing.peek().is_some_and(|next| next.path().is_beneath(path))
}

impl<S: Iterator<Item = Found>, D: Iterator<Item = Found>> Iterator for Merge<S, D> {
    type Item = Pair;

    fn next(&mut self) -> Option<Pair> {
        loop {
            let order = match (self.source.peek(), self.destination.peek()) {
                (None, None) => return None,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(source), Some(destination)) => source.path().cmp(destination.path()),
            };
            let source = if order.is_le() { self.source.next() } else { None };
            let destination = if order.is_ge() { self.destination.next() } else { None };
            let source = match source {
                Some(Found::Unknown(path)) => {
                    self.source_unknown = Some(path);
                    None
                }
                Some(Found::File(entry)) => Some(entry),
                None => None,
            };
            // An unknown place at the destination is reported by whoever met it; copies there are tried.
            let destination = match destination {
                Some(Found::File(entry)) => Some(entry),
                _ => None,
            };
            if source.is_some() || destination.is_some() {
                return Some(self.pair(source, destination));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::entry::Modified;

    fn file(path: &str) -> Found {
        let path = RelativePath::parse(path).unwrap();
        Found::File(Entry { path, size: 0, modified: Modified::Unknown, tag: None })
    }

    fn unknown(path: &str) -> Found {
        Found::Unknown(RelativePath::parse(path).unwrap())
    }

    fn merge(source: &[Found], destination: &[Found]) -> Vec<String> {
        Merge::new(source.iter().cloned(), destination.iter().cloned())
            .map(|pair| {
                let path = pair.source.as_ref().or(pair.destination.as_ref()).unwrap().path.clone();
                let sides = match (&pair.source, &pair.destination) {
                    (Some(_), Some(_)) => "=",
                    (Some(_), None) => "<",
                    _ => ">",
                };
                let conflict = if pair.conflict { "!" } else { "" };
                let unknown = if pair.unknown { "?" } else { "" };
                format!("{sides}{path}{conflict}{unknown}")
            })
            .collect()
    }

    #[test]
    fn pairs_by_path() {
        assert_eq!(
            merge(&[file("a"), file("b/c"), file("d")], &[file("a"), file("b/x"), file("c")]),
            ["=a", "<b/c", ">b/x", ">c", "<d"]
        );
    }

    #[test]
    fn a_file_where_the_other_side_has_a_folder_is_a_conflict() {
        assert_eq!(
            merge(&[file("a")], &[file("a/x"), file("a/y"), file("a-b")]),
            ["<a!", ">a/x!", ">a/y!", ">a-b"]
        );
        assert_eq!(
            merge(&[file("a/x"), file("a/y")], &[file("a"), file("b")]),
            [">a!", "<a/x!", "<a/y!", ">b"]
        );
    }

    #[test]
    fn what_could_not_be_looked_at_is_not_gone() {
        assert_eq!(
            merge(&[unknown("a"), file("b")], &[file("a/x"), file("a/y/z"), file("ab"), file("b")]),
            [">a/x?", ">a/y/z?", ">ab", "=b"]
        );
        assert_eq!(merge(&[unknown("a")], &[file("a")]), [">a?"]);
        assert_eq!(merge(&[file("a")], &[unknown("a")]), ["<a"]);
    }

    fn tree() -> impl Strategy<Value = BTreeSet<RelativePath>> {
        prop::collection::btree_set("[ab-]{1,2}(/[ab-]{1,2}){0,2}", 0..12)
            .prop_map(|paths| paths.into_iter().filter_map(|path| RelativePath::parse(path).ok()).collect())
    }

    proptest! {
        #[test]
        fn every_file_of_both_sides_comes_once(source in tree(), destination in tree()) {
            let found = |paths: &BTreeSet<RelativePath>| paths.iter().map(|path| file(&path.to_string())).collect::<Vec<_>>();
            let pairs: Vec<Pair> = Merge::new(found(&source).into_iter(), found(&destination).into_iter()).collect();
            let paths = |side: fn(&Pair) -> Option<&Entry>| pairs.iter().filter_map(side).map(|entry| entry.path.clone()).collect::<Vec<_>>();
            prop_assert_eq!(paths(|pair| pair.source.as_ref()), source.iter().cloned().collect::<Vec<_>>());
            prop_assert_eq!(paths(|pair| pair.destination.as_ref()), destination.iter().cloned().collect::<Vec<_>>());
            for pair in &pairs {
                if let (Some(left), Some(right)) = (&pair.source, &pair.destination) {
                    prop_assert_eq!(&left.path, &right.path);
                }
                let path = &pair.source.as_ref().or(pair.destination.as_ref()).unwrap().path;
                let clashes = |mine: bool, others: &BTreeSet<RelativePath>| mine
                    && others.iter().any(|other| other.is_beneath(path) || path.is_beneath(other));
                let expected = clashes(pair.source.is_some(), &destination) || clashes(pair.destination.is_some(), &source);
                // Where both sides clash with themselves (object stores), more may be marked, never less.
                prop_assert!(!expected || pair.conflict);
            }
        }
    }
}
