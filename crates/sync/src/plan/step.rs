//! The steps of a plan, each with its reason.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::path::RelativePath;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Copy this file from the side that is the truth to the other one.
    Copy {
        /// The file as the truth's listing has it.
        entry: Entry,
        /// Why.
        reason: CopyReason,
        /// Whether something of the other kind is in its way, so that it can only go after the deletes.
        after_deletes: bool,
    },
    /// Delete this file on the other side.
    Delete {
        /// The file.
        path: RelativePath,
        /// Why.
        reason: DeleteReason,
    },
}

/// Why a file is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CopyReason {
    /// The other side does not have it.
    New,
    /// The sizes differ.
    SizeDiffers,
    /// The modification times differ.
    TimeDiffers,
    /// The other side cannot tell when the file was last changed, or was written before the change.
    MayDiffer,
}

/// Why a file is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeleteReason {
    /// The truth does not have it.
    Gone,
    /// It stands where the truth has a folder, or inside what the truth has as a file.
    InTheWay,
}

impl CopyReason {
    /// One stable word for logs and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::SizeDiffers => "size-differs",
            Self::TimeDiffers => "time-differs",
            Self::MayDiffer => "may-differ",
        }
    }
}

impl DeleteReason {
    /// One stable word for logs and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::InTheWay => "in-the-way",
        }
    }
}

impl Step {
    /// The file.
    #[must_use]
    pub const fn path(&self) -> &RelativePath {
        match self {
            Self::Copy { entry, .. } => &entry.path,
            Self::Delete { path, .. } => path,
        }
    }
}

/// One line: `copy docs/a.txt (12 bytes, new)`.
impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copy { entry, reason, .. } => {
                write!(formatter, "copy {} ({} bytes, {})", entry.path, entry.size, reason.word())
            }
            Self::Delete { path, reason } => write!(formatter, "delete {path} ({})", reason.word()),
        }
    }
}

/// What a plan comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Files to copy.
    pub copies: u64,
    /// Bytes to copy.
    pub bytes: u64,
    /// Files to delete.
    pub deletes: u64,
    /// Files that are the same on both sides.
    pub unchanged: u64,
    /// Files that the truth has.
    pub source_files: u64,
    /// Files that the other side has.
    pub destination_files: u64,
}
