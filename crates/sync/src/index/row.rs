//! One row of the index: what a path looked like here, and what the remote has of it.

use redb::AccessGuard;
use serde::{Deserialize, Serialize};

use super::store::IndexError;
use super::{Mark, key};
use crate::entry::Entry;
use crate::local::{LocalWhat, Seen};
use crate::manifest::{RemoteFile, RemoteWhat, What};
use crate::path::RelativePath;

/// Bytes of a hash over the rest of a row, so that a damaged one is never believed.
const CHECK: usize = 8;

/// A row that is to be written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Row {
    /// `None` is the root.
    pub(crate) path: Option<RelativePath>,
    /// `None`: it has to be looked at again.
    pub(crate) mark: Option<Mark>,
    /// What the manifest says of it; [`What::Absent`] takes the row away.
    pub(crate) what: What,
}

impl Row {
    /// Takes the row of `path` away.
    pub(crate) const fn gone(path: Option<RelativePath>) -> Self {
        Self { path, mark: None, what: What::Absent }
    }

    /// Whether it is that of a file or link: what would be missed.
    pub(super) const fn counts(&self) -> bool {
        counts(&self.what)
    }

    pub(super) fn value(&self, key: &[u8]) -> Result<Vec<u8>, IndexError> {
        let mut bytes = vec![0; CHECK];
        Mark::encode(self.mark.as_ref(), &mut bytes);
        let mut bytes = postcard::to_extend(&self.what, bytes).map_err(|_| IndexError::Row)?;
        let (check, rest) = bytes.split_at_mut(CHECK);
        check.copy_from_slice(&check_of(key, rest));
        Ok(bytes)
    }
}

pub(super) fn check_of(key: &[u8], rest: &[u8]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key).update(&[0]).update(rest);
    let mut check = [0; CHECK];
    hasher.finalize_xof().fill(&mut check);
    check
}

/// Whether this is a file or link.
pub(super) const fn counts(what: &What) -> bool {
    matches!(what, What::File(_) | What::SymbolicLink { .. })
}

/// Path and mark of a row, if it is one that we wrote.
fn marked(key: &[u8], value: &[u8]) -> Result<(Option<RelativePath>, Option<Mark>), IndexError> {
    let path = key::decode(key).ok_or(IndexError::Row)?;
    let (check, rest) = value.split_first_chunk().ok_or(IndexError::Row)?;
    if *check != check_of(key, rest) {
        return Err(IndexError::Row);
    }
    let (mark, _) = Mark::decode(rest).ok_or(IndexError::Row)?;
    Ok((path, mark))
}

/// A whole row.
#[cfg(feature = "fuzzing")]
pub(super) fn read(key: &[u8], value: &[u8]) -> Result<Row, IndexError> {
    let (path, mark) = marked(key, value)?;
    Ok(Row { path, mark, what: what(value)? })
}

/// What the value of a row says of the path.
pub(super) fn what(value: &[u8]) -> Result<What, IndexError> {
    let (_, rest) = value.split_at_checked(CHECK).ok_or(IndexError::Row)?;
    let (_, what) = Mark::decode(rest).ok_or(IndexError::Row)?;
    postcard::from_bytes(what).map_err(|_| IndexError::Row)
}

type Guard = AccessGuard<'static, &'static [u8]>;

/// A row as it lies in the index. What the remote has is read only when somebody asks.
pub(crate) struct StoredRow {
    /// `None` is the root.
    pub(crate) path: Option<RelativePath>,
    /// `None`: it has to be looked at again.
    pub(crate) mark: Option<Mark>,
    value: Guard,
}

impl StoredRow {
    pub(super) fn read(key: &[u8], value: Guard) -> Result<Self, IndexError> {
        let (path, mark) = marked(key, value.value())?;
        Ok(Self { path, mark, value })
    }

    /// Whether this is what lies there, untouched.
    pub(crate) fn is_marked(&self, local: &LocalWhat, seen: Seen) -> bool {
        self.mark.is_some_and(|mark| mark == Mark::of(self.path.as_ref(), local, seen))
    }

    /// Whether it is that of a file or link.
    pub(crate) fn counts(&self) -> bool {
        self.what().is_ok_and(|what| counts(&what))
    }

    /// Whether it was a folder.
    pub(crate) fn is_folder(&self) -> bool {
        self.what().is_ok_and(|what| matches!(what, What::Folder(_)))
    }

    /// Whether the file had other names.
    pub(crate) fn is_tied(&self) -> bool {
        self.what().is_ok_and(|what| matches!(what, What::File(file) if file.tie.is_some()))
    }

    /// What the manifest says of it.
    pub(crate) fn what(&self) -> Result<What, IndexError> {
        what(self.value.value())
    }

    /// The same as the remote has it.
    pub(crate) fn remote(&self) -> Result<RemoteWhat, IndexError> {
        Ok(match (self.what()?, &self.path) {
            (What::File(record), Some(path)) => {
                let stored = record.stored.clone();
                let entry = Entry {
                    path: path.clone(),
                    size: record.size,
                    modified: stored.modified,
                    tag: stored.tag,
                };
                RemoteWhat::File(RemoteFile { entry, record: Some(record), described: true })
            }
            (What::Folder(attributes), _) => RemoteWhat::Folder(attributes),
            (What::SymbolicLink { target, attributes }, _) => RemoteWhat::SymbolicLink { target, attributes },
            (What::Special(kind), _) => RemoteWhat::Special(kind),
            (What::File(_) | What::Deleted { .. } | What::Absent, _) => return Err(IndexError::Row),
        })
    }
}
