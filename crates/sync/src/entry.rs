//! What a listing says of one file, on either side of a sync.

use serde::{Deserialize, Serialize};

use crate::path::RelativePath;
use crate::timestamp::Timestamp;

/// One regular file in a listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Where it lies below the root of its tree.
    pub path: RelativePath,
    /// Bytes.
    pub size: u64,
    /// When its content last changed, as far as the listing knows.
    pub modified: Modified,
    /// The store's own mark for this content (an S3 ETag), where the listing gives one.
    pub tag: Option<String>,
}

/// What a listing knows of a file's modification time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Modified {
    /// The time that the file had where it came from.
    At(Timestamp),
    /// Only when the copy in the store was written: the store cannot hold a file's own time.
    StoredAt(Timestamp),
    /// The store holds it, but only [`crate::Remote::stat`] tells: asking costs a request.
    Ask,
    /// Nobody knows.
    Unknown,
}

/// One item of a remote's listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// A file that a volume can hold.
    File(Entry),
    /// Something that is there and cannot be fetched. Nobody may take it for gone.
    Unknown {
        /// Where it lies.
        path: RelativePath,
        /// Why nothing more is known of it.
        reason: String,
    },
    /// A name that no volume can hold (`a//b`, `..`), or that the remote's encoding does not explain.
    /// It is reported and left alone.
    Unusable {
        /// The name as the store spells it, made printable.
        name: String,
        /// Why it cannot be used.
        reason: String,
    },
}
