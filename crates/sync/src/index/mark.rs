//! What a path looked like when it was synced, in so few bytes that a million of them are compared in no time.

use serde::{Deserialize, Serialize};

use crate::local::{LocalWhat, Seen};
use crate::manifest::{SpecialKind, Tie};
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

/// Equal marks mean that nothing at all changed: whatever is done to a file, its change time moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// What lies there; 0 stands for no mark.
    kind: u8,
    size: u64,
    modified: i64,
    changed: i64,
    inode: u64,
    /// Stands for the first name of a file that has several; 0 for that one itself, and for files with one name.
    tied: u64,
}

const FILE: u8 = 1;
const FOLDER: u8 = 2;
const SYMBOLIC_LINK: u8 = 3;
const FIFO: u8 = 4;
const SOCKET: u8 = 5;
const DEVICE: u8 = 6;

impl Mark {
    /// Equal to no mark of anything: of what was changed since it was synced.
    pub(crate) const STALE: Self =
        Self { kind: u8::MAX, size: 0, modified: 0, changed: 0, inode: 0, tied: 0 };

    /// The mark of what a scan found at `path`.
    pub(crate) fn of(path: Option<&RelativePath>, what: &LocalWhat, seen: Seen) -> Self {
        let (kind, size, modified, tie) = match what {
            LocalWhat::File(file) => (FILE, file.size, Some(file.attributes.modified), file.tie.as_ref()),
            LocalWhat::Folder(attributes) => (FOLDER, 0, Some(attributes.modified), None),
            LocalWhat::SymbolicLink { attributes, .. } => (SYMBOLIC_LINK, 0, Some(attributes.modified), None),
            LocalWhat::Special(SpecialKind::Fifo) => (FIFO, 0, None, None),
            LocalWhat::Special(SpecialKind::Socket) => (SOCKET, 0, None, None),
            LocalWhat::Special(SpecialKind::Device) => (DEVICE, 0, None, None),
        };
        let modified = modified.map_or(0, Timestamp::nanoseconds);
        let tied = tied(path, tie);
        Self { kind, size, modified, changed: seen.changed.nanoseconds(), inode: seen.inode, tied }
    }

    /// The inode, where it still stands for the one that was synced.
    pub(crate) fn inode(&self) -> Option<u64> {
        (*self != Self::STALE).then_some(self.inode)
    }

    /// Its fields in order, little endian.
    pub(super) fn encode(mark: Option<&Self>, into: &mut Vec<u8>) {
        let none = Self { kind: 0, size: 0, modified: 0, changed: 0, inode: 0, tied: 0 };
        let Self { kind, size, modified, changed, inode, tied } = mark.unwrap_or(&none);
        into.push(*kind);
        for number in [*size, modified.cast_unsigned(), changed.cast_unsigned(), *inode, *tied] {
            into.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// The outer `None`: too few bytes.
    pub(super) fn decode(bytes: &[u8]) -> Option<(Option<Self>, &[u8])> {
        let (kind, mut rest) = bytes.split_first()?;
        let mut number = || {
            let (bytes, after) = rest.split_first_chunk()?;
            rest = after;
            Some(u64::from_le_bytes(*bytes))
        };
        let (size, modified, changed) = (number()?, number()?.cast_signed(), number()?.cast_signed());
        let (inode, tied) = (number()?, number()?);
        let mark = Self { kind: *kind, size, modified, changed, inode, tied };
        Some(((*kind != 0).then_some(mark), rest))
    }
}

fn tied(path: Option<&RelativePath>, tie: Option<&Tie>) -> u64 {
    let Some(tie) = tie.filter(|tie| Some(&tie.first) != path) else { return 0 };
    let hash = blake3::hash(tie.first.as_bytes());
    let (first, _) = hash.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::samples::{local_file, local_folder};

    const SIZE: usize = 41;

    fn seen() -> Seen {
        Seen { changed: Timestamp::from_nanoseconds(7), inode: 9 }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mut bytes = Vec::new();
        let mark = Mark::of(None, &LocalWhat::File(local_file(3, -5)), seen());
        Mark::encode(Some(&mark), &mut bytes);
        assert_eq!(bytes.len(), SIZE);
        bytes.push(1);
        assert_eq!(Mark::decode(&bytes), Some((Some(mark), &[1][..])));
        assert_eq!(Mark::decode(&bytes[..SIZE - 1]), None);
        let mut bytes = Vec::new();
        Mark::encode(None, &mut bytes);
        assert_eq!(Mark::decode(&bytes), Some((None, &[][..])));
    }

    #[test]
    fn whatever_changes_makes_another_mark() {
        let file = |size, modified| LocalWhat::File(local_file(size, modified));
        let path = |text: &str| RelativePath::parse(text).unwrap();
        let tied = |first: &str| {
            let tie = Some(Tie { first: path(first) });
            LocalWhat::File(crate::local::LocalFile { tie, ..local_file(1, 1) })
        };
        let later = Seen { changed: Timestamp::from_nanoseconds(8), inode: 9 };
        let another = Seen { inode: 10, ..seen() };
        let at = path("a");
        let of = |what: &LocalWhat, seen| Mark::of(Some(&at), what, seen);
        let marks = [
            of(&file(1, 1), seen()),
            of(&file(2, 1), seen()),
            of(&file(1, 2), seen()),
            of(&file(1, 1), later),
            of(&file(1, 1), another),
            of(&tied("b"), seen()),
            of(&local_folder(0o755), seen()),
            of(&LocalWhat::Special(SpecialKind::Fifo), seen()),
        ];
        for (index, mark) in marks.iter().enumerate() {
            assert!(!marks[..index].contains(mark), "{index}");
        }
        assert_eq!(of(&tied("a"), seen()), of(&file(1, 1), seen()), "it is the first name itself");
    }
}
