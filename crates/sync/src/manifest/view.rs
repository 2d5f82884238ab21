//! The remote as a tree: its listing and its manifest side by side. Pure.
//!
//! The listing says which objects are there; the manifest says what else belongs to them. Where the two disagree, somebody
//! changed the mirror behind the manifest's back, and the mirror is right.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{FileRecord, Record, SpecialKind, What};
use crate::attributes::Attributes;
use crate::entry::{Entry, Modified};
use crate::path::RelativePath;
use crate::remote::Came;

/// One path of the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteNode {
    /// Where it lies; `None` is the root.
    pub path: Option<RelativePath>,
    /// What lies there.
    pub what: RemoteWhat,
}

/// What the remote has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteWhat {
    /// A file.
    File(RemoteFile),
    /// A folder that the manifest knows.
    Folder(Attributes),
    /// A symbolic link.
    SymbolicLink {
        /// What it says.
        target: Vec<u8>,
        /// Its own attributes.
        attributes: Attributes,
    },
    /// A special file, recorded and not restorable.
    Special(SpecialKind),
    /// An object that was to be deleted and is still there: the file is gone all the same.
    Doomed(Entry),
    /// A file that the manifest knows, without its object: somebody deleted it, or it was never there.
    Lost(FileRecord),
    /// A record that says nothing any more: of an object that was to be deleted and is gone by now, or of something
    /// beneath what is a file again.
    Finished,
}

/// A file of the remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteFile {
    /// The object.
    pub entry: Entry,
    /// What the manifest says of it. The mode and owner are good also when the content is another one by now.
    pub record: Option<FileRecord>,
    /// Whether the record was written for this very object, so that its hash and time hold.
    pub described: bool,
}

impl RemoteFile {
    /// Whether the listing does not tell if the record was written for this object, but the store would, if asked.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        let asks = !self.described && self.entry.modified == Modified::Ask;
        asks && self.record.as_ref().is_some_and(|record| {
            record.size == self.entry.size && (record.stored.tag.is_none() || self.entry.tag.is_none())
        })
    }

    /// Decides it by what came along with the content. An object that begins as the one that was uploaded is that one,
    /// whatever its store says of it by now.
    pub fn recognise(&mut self, came: &Came, precision: Duration) {
        if let Some(time) = came.modified.filter(|_| self.is_undecided()) {
            self.decide(Modified::At(time), precision);
        }
        let uploaded = self.record.as_ref().and_then(|record| record.stored.nonce);
        self.described |= uploaded.is_some() && uploaded == came.nonce;
    }

    /// Decides it by what the store answered.
    pub fn decide(&mut self, modified: Modified, precision: Duration) {
        self.entry.modified = modified;
        let Some(record) = &mut self.record else { return };
        self.described = record.describes(&self.entry, precision);
        if !self.described {
            record.tie = None;
        }
    }
}

/// The walk over both. Each must be sorted, without doubles.
pub struct View<L: Iterator<Item = Entry>, R: Iterator<Item = Record>> {
    listing: Peekable<L>,
    records: Peekable<R>,
    precision: Duration,
    /// First names of files with several names, whose object is another one by now: the others are not tied to it.
    untied: BTreeSet<RelativePath>,
    /// The last file, in whose place the manifest may have a folder.
    file: Option<RelativePath>,
}

impl<L: Iterator<Item = Entry>, R: Iterator<Item = Record>> View<L, R> {
    /// Starts at the beginning of both. `precision` is the step in which the store keeps times.
    pub fn new(listing: L, records: R, precision: Duration) -> Self {
        let (listing, records) = (listing.peekable(), records.peekable());
        Self { listing, records, precision, untied: BTreeSet::new(), file: None }
    }

    fn file(&mut self, entry: Entry, record: Option<FileRecord>) -> RemoteWhat {
        self.file = Some(entry.path.clone());
        let described = record.as_ref().is_some_and(|record| record.describes(&entry, self.precision));
        let mut file = RemoteFile { entry, record, described };
        self.check_tie(&mut file);
        RemoteWhat::File(file)
    }

    fn check_tie(&mut self, file: &mut RemoteFile) {
        if file.is_undecided() {
            return;
        }
        let Some(record) = &mut file.record else { return };
        let Some(tie) = &record.tie else { return };
        if !file.described {
            if tie.first == file.entry.path {
                self.untied.insert(tie.first.clone());
            }
            record.tie = None;
        } else if self.untied.contains(&tie.first) {
            record.tie = None;
        }
    }

    fn both(&mut self, entry: Entry, record: Record) -> RemoteWhat {
        match record.what {
            What::File(record) => self.file(entry, Some(record)),
            What::Deleted { size, stored } => {
                let same = size == entry.size && stored.shows_as(&entry, self.precision);
                if same { RemoteWhat::Doomed(entry) } else { self.file(entry, None) }
            }
            // An object where the manifest has something else: somebody put it there since, or it was to go and is still
            // there, and then it is the old state of this path.
            _ => self.file(entry, None),
        }
    }

    fn alone(&mut self, record: Record) -> RemoteWhat {
        let beneath = |file: &RelativePath| record.path.as_ref().is_some_and(|path| path.is_beneath(file));
        let beneath_file = self.file.as_ref().is_some_and(beneath);
        match record.what {
            What::File(record) => {
                if let Some(tie) = &record.tie {
                    self.untied.insert(tie.first.clone());
                }
                RemoteWhat::Lost(record)
            }
            // A file holds nothing.
            What::Folder(_) | What::SymbolicLink { .. } | What::Special(_) if beneath_file => {
                RemoteWhat::Finished
            }
            What::Folder(attributes) => RemoteWhat::Folder(attributes),
            What::SymbolicLink { target, attributes } => RemoteWhat::SymbolicLink { target, attributes },
            What::Special(kind) => RemoteWhat::Special(kind),
            What::Deleted { .. } | What::Absent => RemoteWhat::Finished,
        }
    }
}

impl<L: Iterator<Item = Entry>, R: Iterator<Item = Record>> Iterator for View<L, R> {
    type Item = RemoteNode;

    fn next(&mut self) -> Option<RemoteNode> {
        let order = match (self.listing.peek(), self.records.peek()) {
            (None, None) => return None,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(entry), Some(record)) => Some(&entry.path).cmp(&record.path.as_ref()),
        };
        let entry = if order.is_le() { self.listing.next() } else { None };
        let record = if order.is_ge() { self.records.next() } else { None };
        let path = entry.as_ref().map(|entry| entry.path.clone());
        let path = path.or_else(|| record.as_ref().and_then(|record| record.path.clone()));
        let what = match (entry, record) {
            (Some(entry), Some(record)) => self.both(entry, record),
            (Some(entry), None) => self.file(entry, None),
            (None, Some(record)) => self.alone(record),
            (None, None) => return None,
        };
        Some(RemoteNode { path, what })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::manifest::record::tests::any_records;
    use crate::manifest::{Stored, Tie};
    use crate::timestamp::Timestamp;

    const PRECISION: Duration = Duration::from_nanos(1);

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text).unwrap()
    }

    fn entry(name: &str, tag: &str) -> Entry {
        Entry { path: path(name), size: 1, modified: Modified::Ask, tag: Some(tag.to_owned()) }
    }

    fn attributes() -> Attributes {
        let modified = Timestamp::from_nanoseconds(1);
        Attributes { mode: 0o600, owner: 1, group: 1, modified, extended: Vec::new() }
    }

    fn stored(tag: &str) -> Stored {
        Stored { tag: Some(tag.to_owned()), modified: Modified::Unknown, nonce: None }
    }

    fn file(name: &str, tag: &str, first: Option<&str>) -> Record {
        let tie = first.map(|first| Tie { first: path(first) });
        let what = FileRecord {
            size: 1,
            attributes: attributes(),
            hash: None,
            stored: stored(tag),
            tie,
            sparse: false,
        };
        Record { path: Some(path(name)), what: What::File(what) }
    }

    fn deleted(name: &str, tag: &str) -> Record {
        Record { path: Some(path(name)), what: What::Deleted { size: 1, stored: stored(tag) } }
    }

    fn view(listing: &[Entry], records: &[Record]) -> Vec<String> {
        View::new(listing.iter().cloned(), records.iter().cloned(), PRECISION)
            .map(|node| {
                let word = match node.what {
                    RemoteWhat::File(file) => {
                        let tied = file.record.as_ref().is_some_and(|record| record.tie.is_some());
                        let known = if file.record.is_some() { "known" } else { "unknown" };
                        let described = if file.described { " described" } else { "" };
                        format!("{known}{described}{}", if tied { " tied" } else { "" })
                    }
                    other => format!("{other:?}").split([' ', '(']).next().unwrap().to_lowercase(),
                };
                format!("{}: {word}", node.path.map_or_else(|| "root".to_owned(), |path| path.to_string()))
            })
            .collect()
    }

    #[test]
    fn an_object_that_was_replaced_keeps_its_mode_but_not_its_hash() {
        let records = [file("a", "1", None), file("b", "1", None)];
        assert_eq!(view(&[entry("a", "1"), entry("b", "2")], &records), ["a: known described", "b: known"]);
    }

    #[test]
    fn an_object_that_the_manifest_does_not_know_is_a_file_all_the_same() {
        let folder = Record { path: Some(path("b")), what: What::Folder(attributes()) };
        assert_eq!(view(&[entry("a", "1"), entry("b", "1")], &[folder]), ["a: unknown", "b: unknown"]);
    }

    #[test]
    fn a_deleted_file_stays_deleted_unless_a_new_one_came() {
        let records = [deleted("a", "1"), deleted("b", "1"), deleted("c", "1")];
        let listing = [entry("a", "1"), entry("b", "2")];
        assert_eq!(view(&listing, &records), ["a: doomed", "b: unknown", "c: finished"]);
    }

    #[test]
    fn an_object_that_begins_as_what_was_uploaded_is_that_one_whatever_its_store_says() {
        for (uploaded, came, expected) in
            [(Some(7), Some(7), true), (Some(7), Some(8), false), (Some(7), None, false), (None, None, false)]
        {
            let [uploaded, nonce] = [uploaded, came].map(|byte| byte.map(|byte| [byte; 24]));
            let What::File(mut record) = file("a", "1", None).what else { unreachable!() };
            record.stored.nonce = uploaded;
            let mut found = RemoteFile { entry: entry("a", "2"), record: Some(record), described: false };
            found.recognise(&Came { modified: None, nonce }, Duration::ZERO);
            assert_eq!(found.described, expected, "{uploaded:?} {nonce:?}");
        }
    }

    #[test]
    fn names_are_tied_only_while_all_of_them_are_as_they_were() {
        let records = [file("a", "1", Some("a")), file("b", "1", Some("a")), file("c", "1", Some("a"))];
        let tied = [entry("a", "1"), entry("b", "1"), entry("c", "2")];
        assert_eq!(view(&tied, &records), ["a: known described tied", "b: known described tied", "c: known"]);
        let first_replaced = [entry("a", "2"), entry("b", "1"), entry("c", "1")];
        assert_eq!(view(&first_replaced, &records), ["a: known", "b: known described", "c: known described"]);
        let first_gone = [entry("b", "1"), entry("c", "1")];
        assert_eq!(view(&first_gone, &records), ["a: lost", "b: known described", "c: known described"]);
    }

    #[test]
    fn a_file_holds_nothing_whatever_was_recorded_beneath_it() {
        let folder = |name| Record { path: Some(path(name)), what: What::Folder(attributes()) };
        let records = [folder("a"), folder("a/b"), folder("a-b"), folder("c")];
        let expected = ["a: unknown", "a/b: finished", "a-b: folder", "c: folder"];
        assert_eq!(view(&[entry("a", "1")], &records), expected);
    }

    /// Some stores tell modification times only to those who ask for them one by one.
    #[test]
    fn names_stay_tied_until_the_store_was_asked() {
        let records = [file("a", "1", Some("a")), file("b", "1", Some("a"))];
        let listing = ["a", "b"].map(|name| Entry { tag: None, ..entry(name, "") });
        assert_eq!(view(&listing, &records), ["a: known tied", "b: known tied"]);
    }

    proptest! {
        #[test]
        fn every_path_of_both_comes_once_and_no_object_is_left_out(
            names in prop::collection::btree_set("[ab-]{1,2}(/[ab-]{1,2}){0,2}", 0..12), records in any_records(),
        ) {
            let mut listing: Vec<Entry> = names.iter().map(|name| entry(name, "1")).collect();
            listing.sort();
            let nodes: Vec<RemoteNode> = View::new(listing.clone().into_iter(), records.clone().into_iter(), PRECISION).collect();
            prop_assert!(nodes.is_sorted_by(|left, right| left.path < right.path));
            let objects: Vec<Entry> = nodes.iter().filter_map(|node| match &node.what {
                RemoteWhat::File(file) => Some(file.entry.clone()),
                RemoteWhat::Doomed(entry) => Some(entry.clone()),
                _ => None,
            }).collect();
            prop_assert_eq!(objects, listing);
            for record in &records {
                prop_assert!(nodes.iter().any(|node| node.path == record.path));
            }
        }
    }
}
