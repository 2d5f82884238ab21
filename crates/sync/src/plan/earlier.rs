//! What an index whose rows do not count still tells beside a listing: which files were changed since they were synced.
//!
//! Size and time alone would let a change be forgotten that its mark has shown to a sync that was killed, or that nobody has
//! uploaded yet when a listing was due.

use std::iter::Peekable;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::merge::{Pair, Proof};
use crate::index::{Index, IndexError, Mark, Rows, StoredRow};
use crate::local::LocalWhat;
use crate::manifest::{RemoteFile, RemoteWhat, What};
use crate::path::RelativePath;
use crate::scope::Reach;

/// Rows, asked for one path after the other, in their order.
pub(super) struct Earlier(Peekable<Box<dyn Iterator<Item = StoredRow>>>);

impl Earlier {
    pub(super) fn new(index: &Index) -> Self {
        let rows = catch_unwind(AssertUnwindSafe(|| index.rows_at(None, Reach::Beneath)));
        let rows = match rows.unwrap_or(Err(IndexError::Senseless)) {
            Ok(rows) => Some(readable(rows)),
            Err(error) => broken(&error),
        };
        let rows: Box<dyn Iterator<Item = StoredRow>> = Box::new(rows.into_iter().flatten());
        Self(rows.peekable())
    }

    /// The pair with what its row shows.
    pub(super) fn beside(&mut self, pair: Pair) -> Pair {
        let row = self.at(pair.path.as_ref());
        let proof = proof(row.as_ref(), &pair);
        let mark_then = row.and_then(|row| mark_then(&row, pair.remote.as_ref()));
        Pair { proof, mark_then, ..pair }
    }

    fn at(&mut self, path: Option<&RelativePath>) -> Option<StoredRow> {
        while let Some(row) = self.0.next_if(|row| row.path.as_ref() <= path) {
            if row.path.as_ref() == path {
                return Some(row);
            }
        }
        None
    }
}

fn proof(row: Option<&StoredRow>, pair: &Pair) -> Proof {
    let Some((row, mark)) = row.and_then(|row| Some((row, row.mark?))) else { return Proof::Doubtful };
    match &pair.local {
        Some(what @ LocalWhat::File(_)) if mark != Mark::of(pair.path.as_ref(), what, pair.seen) => {
            Proof::Changed
        }
        // Whose content that was, another sync may have replaced. What the store has to be asked for first counts only if it
        // answers that the record is of this object.
        Some(LocalWhat::File(_)) if !is_of(row, pair.remote.as_ref(), may_be_described) => Proof::Doubtful,
        _ => Proof::Times,
    }
}

fn may_be_described(file: &RemoteFile) -> bool {
    file.described || file.is_undecided()
}

/// The mark that goes with what the remote has now, where that is certain: the inode in it says whose old name it is.
fn mark_then(row: &StoredRow, remote: Option<&RemoteWhat>) -> Option<Mark> {
    row.mark.map(|mark| if is_of(row, remote, |file| file.described) { mark } else { Mark::STALE })
}

/// Whether the row tells of the file that the remote has now, if its record counts.
fn is_of(row: &StoredRow, remote: Option<&RemoteWhat>, counts: impl Fn(&RemoteFile) -> bool) -> bool {
    let (Ok(What::File(then)), Some(RemoteWhat::File(now))) = (row.what(), remote) else { return false };
    let now = now.record.as_ref().filter(|_| counts(now));
    now.is_some_and(|now| (now.size, now.hash, &now.stored) == (then.size, then.hash, &then.stored))
}

/// The rows that can be read. What cannot says nothing: its files are looked at closely.
fn readable(mut rows: Rows) -> impl Iterator<Item = StoredRow> {
    let next = move || {
        loop {
            // A damaged file may make no sense to the library.
            match catch_unwind(AssertUnwindSafe(|| rows.next()))
                .unwrap_or(Some(Err(IndexError::Senseless)))?
            {
                Ok(row) => return Some(row),
                Err(IndexError::Row) => {}
                Err(error) => return broken(&error),
            }
        }
    };
    std::iter::from_fn(next).fuse()
}

fn broken<T>(error: &IndexError) -> Option<T> {
    tracing::warn!(%error, "the local index is damaged; files of which it tells nothing more are read");
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Modified;
    use crate::index::{Basis, Row, update};
    use crate::local::{LocalFile, Seen};
    use crate::manifest::{FileRecord, Stored};
    use crate::plan::samples::{local_file, record, remote_file};
    use crate::timestamp::Timestamp;

    fn seen(changed: i64) -> Seen {
        Seen { changed: Timestamp::from_nanoseconds(changed), inode: 1 }
    }

    fn path(name: &str) -> Option<RelativePath> {
        Some(RelativePath::parse(name).unwrap())
    }

    fn file() -> LocalFile {
        local_file(1, 5)
    }

    fn hashed(byte: u8) -> FileRecord {
        FileRecord { hash: Some([byte; 32]), ..record(1, 5) }
    }

    /// As a store keeps it that has no tags.
    fn untagged(byte: u8) -> FileRecord {
        let stored =
            Stored { tag: None, modified: Modified::At(Timestamp::from_nanoseconds(5)), nonce: None };
        FileRecord { stored, ..hashed(byte) }
    }

    fn earlier(folder: &std::path::Path) -> Earlier {
        let rows = ["marked", "unsettled", "stale", "untagged"].map(|name| {
            let path = path(name);
            let mark = match name {
                "marked" | "untagged" => Some(Mark::of(path.as_ref(), &LocalWhat::File(file()), seen(7))),
                "stale" => Some(Mark::STALE),
                _ => None,
            };
            let record = if name == "untagged" { untagged(1) } else { hashed(1) };
            Ok(Row { path, mark, what: What::File(record) })
        });
        let file = folder.join("index");
        update(&file, rows.into_iter(), &Basis::sample(), true).unwrap();
        Earlier::new(&Index::open(&file).unwrap().unwrap())
    }

    /// What is shown of the file at `name`, changed at that time, when the remote has it with that hash.
    fn shown(name: &str, changed: i64, hash: u8) -> (Proof, Option<bool>) {
        shown_beside(name, changed, remote_file(name, 1, Some(hashed(hash))))
    }

    fn shown_beside(name: &str, changed: i64, remote: RemoteFile) -> (Proof, Option<bool>) {
        let folder = tempfile::tempdir().unwrap();
        let remote = RemoteWhat::File(remote);
        let pair = Pair::new(path(name), Some(LocalWhat::File(file())), Some(remote));
        let pair = earlier(folder.path()).beside(Pair { seen: seen(changed), ..pair });
        (pair.proof, pair.mark_then.map(|mark| mark == Mark::STALE))
    }

    #[test]
    fn a_mark_tells_whether_a_file_is_as_it_was_when_it_had_that_record() {
        assert_eq!(shown("marked", 7, 1), (Proof::Times, Some(false)));
        assert_eq!(shown("marked", 8, 1), (Proof::Changed, Some(false)));
        assert_eq!(shown("marked", 7, 2), (Proof::Doubtful, Some(true)), "somebody else's is there by now");
        assert_eq!(shown("marked", 8, 2), (Proof::Changed, Some(true)));
        assert_eq!(shown("unsettled", 7, 1), (Proof::Doubtful, None));
        assert_eq!(shown("stale", 7, 1), (Proof::Changed, Some(true)));
        assert_eq!(shown("new", 7, 1), (Proof::Doubtful, None));
    }

    /// Else each listing of a store that has to be asked for times would have every file read.
    #[test]
    fn it_tells_that_too_while_the_store_has_not_been_asked_yet() {
        let shown = |changed, hash| {
            let mut remote = remote_file("untagged", 1, Some(untagged(hash)));
            (remote.entry.tag, remote.described) = (None, false);
            assert!(remote.is_undecided());
            shown_beside("untagged", changed, remote)
        };
        assert_eq!(shown(7, 1), (Proof::Times, Some(true)), "whose the object is nobody knows");
        assert_eq!(shown(8, 1), (Proof::Changed, Some(true)));
        assert_eq!(shown(7, 2), (Proof::Doubtful, Some(true)));
    }
}
