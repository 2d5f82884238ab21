//! What the manifest says of one path.

use std::cmp::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::attributes::Attributes;
use crate::entry::{Entry, Modified};
use crate::path::RelativePath;

/// BLAKE3 of a file's content.
pub type Hash = [u8; 32];

/// What an encrypted object begins with: random bytes that no other upload has.
pub type Nonce = [u8; 24];

/// One line of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Record {
    /// Where it lies; `None` is the root of the tree itself.
    pub path: Option<RelativePath>,
    /// What lies there.
    pub what: What,
}

/// What lies at a path. Of two records for one path in one part, the smaller kind counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum What {
    /// A regular file, whose content is an object of the mirror.
    File(FileRecord),
    /// A folder, empty or not.
    Folder(Attributes),
    /// A symbolic link.
    SymbolicLink {
        /// What it says, any bytes.
        target: Vec<u8>,
        /// Its own attributes, not those of what it points at.
        attributes: Attributes,
    },
    /// Something that only the machine it was made on gives a meaning to.
    Special(SpecialKind),
    /// A file that was deleted, while its object may still be there.
    Deleted {
        /// The size of the object that was to go.
        size: u64,
        /// The object that was to go.
        stored: Stored,
    },
    /// Nothing any more: takes the record away that an earlier part has. Only in deltas.
    Absent,
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileRecord {
    /// Bytes of content.
    pub size: u64,
    /// Everything else about it.
    pub attributes: Attributes,
    /// Of the content, where it was read by us.
    pub hash: Option<Hash>,
    /// The object that this record describes.
    pub stored: Stored,
    /// The other names of the same file.
    pub tie: Option<Tie>,
    /// Whether it takes less room than its size says.
    pub sparse: bool,
}

/// Names that belong to one file (hard links).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tie {
    /// The first of these names inside the tree; it may be the record's own.
    pub first: RelativePath,
}

/// How the object that a record describes shows itself in a listing, so that another one in its place is recognised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stored {
    /// The store's own mark for this content (an S3 ETag), where there is one.
    pub tag: Option<String>,
    /// The time that the store shows.
    pub modified: Modified,
    /// What the object itself begins with, where it is we who encrypted it. No listing shows it.
    pub nonce: Option<Nonce>,
}

/// What a mirror cannot hold and a restore cannot make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SpecialKind {
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
}

impl FileRecord {
    /// Whether the object in the listing is the one that this record was written for. When it is not, somebody replaced
    /// it since: another program, or a sync of ours that did not reach its end.
    #[must_use]
    pub fn describes(&self, entry: &Entry, precision: Duration) -> bool {
        self.size == entry.size && self.stored.shows_as(entry, precision)
    }
}

impl Stored {
    /// Whether a listing's entry looks as this object does. `precision` is the step in which the store keeps times.
    #[must_use]
    pub fn shows_as(&self, entry: &Entry, precision: Duration) -> bool {
        if let (Some(tag), Some(shown)) = (&self.tag, &entry.tag) {
            return tag == shown;
        }
        match (self.modified, entry.modified) {
            (Modified::At(stored), Modified::At(shown)) => stored.same_within(shown, precision),
            (stored, shown) => stored == shown && !matches!(shown, Modified::Ask | Modified::Unknown),
        }
    }
}

impl From<Entry> for Stored {
    fn from(entry: Entry) -> Self {
        Self { tag: entry.tag, modified: entry.modified, nonce: None }
    }
}

impl Record {
    /// The order of the parts: the root first, then as paths go.
    #[must_use]
    pub fn compare_paths(&self, other: &Self) -> Ordering {
        self.path.cmp(&other.path)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::attributes::Extended;
    use crate::timestamp::Timestamp;

    fn entry(tag: Option<&str>, modified: Modified) -> Entry {
        Entry { path: RelativePath::parse("a").unwrap(), size: 1, modified, tag: tag.map(str::to_owned) }
    }

    fn stored(tag: Option<&str>, modified: Modified) -> Stored {
        Stored { tag: tag.map(str::to_owned), modified, nonce: None }
    }

    fn at(nanoseconds: i64) -> Modified {
        Modified::At(Timestamp::from_nanoseconds(nanoseconds))
    }

    fn written(nanoseconds: i64) -> Modified {
        Modified::StoredAt(Timestamp::from_nanoseconds(nanoseconds))
    }

    #[test]
    fn the_tag_decides_where_both_have_one() {
        let nanosecond = Duration::from_nanos(1);
        assert!(stored(Some("x"), at(1)).shows_as(&entry(Some("x"), Modified::Ask), nanosecond));
        assert!(!stored(Some("x"), at(1)).shows_as(&entry(Some("y"), at(1)), nanosecond));
    }

    #[test]
    fn without_tags_the_time_decides_as_far_as_the_store_keeps_it() {
        let second = Duration::from_secs(1);
        assert!(stored(None, at(1_500_000_000)).shows_as(&entry(None, at(1_000_000_000)), second));
        assert!(!stored(None, at(1_500_000_000)).shows_as(&entry(None, at(3_000_000_000)), second));
        assert!(stored(None, written(7)).shows_as(&entry(None, written(7)), second));
        assert!(!stored(None, written(7)).shows_as(&entry(None, written(8)), second));
    }

    #[test]
    fn what_nobody_knows_describes_nothing() {
        let second = Duration::from_secs(1);
        for unknown in [Modified::Ask, Modified::Unknown] {
            assert!(!stored(None, unknown).shows_as(&entry(None, unknown), second));
            assert!(!stored(Some("x"), unknown).shows_as(&entry(None, at(1)), second));
        }
    }

    prop_compose! {
        fn any_attributes()(
            mode in 0_u32..0o10000, owner in any::<u32>(), group in any::<u32>(), time in any::<i64>(),
            extended in prop::collection::vec(("user\\.[a-z]{1,3}", prop::collection::vec(any::<u8>(), 0..4)), 0..3),
        ) -> Attributes {
            let extended = extended.into_iter().map(|(name, value)| Extended { name: name.into_bytes(), value });
            let modified = Timestamp::from_nanoseconds(time);
            Attributes { mode, owner, group, modified, extended: extended.collect() }
        }
    }

    fn any_stored() -> impl Strategy<Value = Stored> {
        let modified =
            prop_oneof![any::<i64>().prop_map(at), any::<i64>().prop_map(written), Just(Modified::Unknown)];
        (prop::option::of("[0-9a-f]{4}"), modified, any::<Option<Nonce>>())
            .prop_map(|(tag, modified, nonce)| Stored { tag, modified, nonce })
    }

    fn any_file() -> impl Strategy<Value = FileRecord> {
        let parts = (any::<u64>(), any_attributes(), any::<Option<Hash>>(), any_stored(), any::<bool>());
        parts.prop_map(|(size, attributes, hash, stored, sparse)| FileRecord {
            size,
            attributes,
            hash,
            stored,
            tie: None,
            sparse,
        })
    }

    pub(in crate::manifest) fn any_what() -> impl Strategy<Value = What> {
        prop_oneof![
            any_file().prop_map(What::File),
            any_attributes().prop_map(What::Folder),
            (prop::collection::vec(1_u8.., 1..5), any_attributes())
                .prop_map(|(target, attributes)| What::SymbolicLink { target, attributes }),
            Just(What::Special(SpecialKind::Fifo)),
            (any::<u64>(), any_stored()).prop_map(|(size, stored)| What::Deleted { size, stored }),
            Just(What::Absent),
        ]
    }

    /// Sorted, each path once.
    pub(in crate::manifest) fn any_records() -> impl Strategy<Value = Vec<Record>> {
        prop::collection::btree_map(prop::option::of("[ab-]{1,2}(/[ab-]{1,2}){0,2}"), any_what(), 0..12)
            .prop_map(|records| {
                let mut records: Vec<Record> = records
                    .into_iter()
                    .map(|(path, what)| Record {
                        path: path.map(|path| RelativePath::parse(path).unwrap()),
                        what,
                    })
                    .collect();
                records.sort_by(Record::compare_paths);
                records
            })
    }
}
