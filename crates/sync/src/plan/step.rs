//! The steps of a plan, each with its reason.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::manifest::{Record, RemoteFile, Tie};
use crate::path::RelativePath;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Copy this file to the remote.
    Upload {
        /// The file.
        path: RelativePath,
        /// Bytes, as the scan found them.
        size: u64,
        /// The file's inode, by which it is known under another name.
        inode: u64,
        /// Its other names.
        tie: Option<Tie>,
        /// Why.
        reason: CopyReason,
        /// Whether something of the other kind is in its way, so that it can only go after the deletes.
        after_deletes: bool,
    },
    /// Copy this file from the remote.
    Download {
        /// The file as the remote has it.
        file: Box<RemoteFile>,
        /// Why.
        reason: CopyReason,
        /// Whether something of the other kind is in its way, so that it can only go after the deletes.
        after_deletes: bool,
    },
    /// Delete this on the other side.
    Delete {
        /// The file.
        path: RelativePath,
        /// What is deleted.
        victim: Victim,
        /// Why.
        reason: DeleteReason,
    },
    /// Give everything but content to the other side: into the manifest, or onto the local file, folder or link.
    Attributes {
        /// What it shall be.
        record: Box<Record>,
        /// Why.
        reason: AttributesReason,
    },
    /// Make this local name another one of the file at `first`.
    Tie {
        /// The name, as the remote has it.
        file: Box<RemoteFile>,
        /// The name that the file has already.
        first: RelativePath,
    },
}

/// What a delete takes away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Victim {
    /// An object of the remote.
    Object {
        /// The object.
        entry: Entry,
        /// The inode that the file had here when it was synced, where that is known.
        inode: Option<u64>,
    },
    /// An object in whose place the manifest has something else from now on: a folder, a link.
    Replaced {
        /// Bytes of the object.
        size: u64,
        /// The inode that the file had here when it was synced, where that is known.
        inode: Option<u64>,
    },
    /// A local file, symbolic link or special file.
    File,
    /// A local folder, once it is empty.
    Folder,
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
    /// Sizes and times are the same, and the contents are not.
    ContentDiffers,
    /// The other side cannot tell when the file was last changed, or was written before the change.
    MayDiffer,
    /// The file is as it was when it was uploaded, and the object is not: somebody replaced or damaged it.
    Replaced,
    /// Locally it is another name of a file that it has nothing to do with on the remote.
    Tied,
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
            Self::ContentDiffers => "content-differs",
            Self::MayDiffer => "may-differ",
            Self::Replaced => "replaced",
            Self::Tied => "tied",
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

/// Why attributes are given to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributesReason {
    /// The other side has no such file, folder or link, or knows nothing of it but its content.
    New,
    /// It has others.
    Differ,
    /// It has some of what is gone.
    Gone,
}

impl AttributesReason {
    /// One stable word for logs and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Differ => "differ",
            Self::Gone => "gone",
        }
    }
}

impl Step {
    /// Where it is done; `None` is the root.
    #[must_use]
    pub fn path(&self) -> Option<&RelativePath> {
        match self {
            Self::Upload { path, .. } | Self::Delete { path, .. } => Some(path),
            Self::Download { file, .. } | Self::Tie { file, .. } => Some(&file.entry.path),
            Self::Attributes { record, .. } => record.path.as_ref(),
        }
    }
}

/// One line: `copy docs/a.txt (12 bytes, new)`.
impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upload { path, size, reason, .. } => {
                write!(formatter, "copy {path} ({size} bytes, {})", reason.word())
            }
            Self::Download { file, reason, .. } => {
                write!(formatter, "copy {} ({} bytes, {})", file.entry.path, file.entry.size, reason.word())
            }
            Self::Delete { path, reason, .. } => write!(formatter, "delete {path} ({})", reason.word()),
            Self::Attributes { record, reason } => match &record.path {
                Some(path) => write!(formatter, "attributes {path} ({})", reason.word()),
                None => write!(formatter, "attributes . ({})", reason.word()),
            },
            Self::Tie { file, first } => write!(formatter, "tie {} (to {first})", file.entry.path),
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
    /// Files and links to delete.
    pub deletes: u64,
    /// Files, folders and links of which only attributes go to the other side.
    pub attributes: u64,
    /// Files that are the same on both sides.
    pub unchanged: u64,
    /// Files and links that the truth has.
    pub source_files: u64,
    /// Files and links that the other side has.
    pub destination_files: u64,
    /// What was changed here and is not on the remote yet: a restore keeps it.
    pub kept: u64,
    /// What was changed here and on the remote: both stay.
    pub conflicts: u64,
}
