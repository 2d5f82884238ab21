//! Why one name is left out. Only that one file is affected.

use crate::naming::NameRefusal;

/// A name that cannot be encrypted, or that no encryption of ours gave. Names are shown escaped, on one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Written by someone else, or with other settings: rclone leaves such names out too.
    #[error("{name:?} is not a name that this key and these settings give: {reason}")]
    Foreign {
        /// The name as found.
        name: String,
        /// What speaks against it.
        reason: &'static str,
    },
    /// rclone would show the file, and then look for it under another name.
    #[error("{name:?} is not how rclone would spell this name: rename the object, or remove it")]
    NotCanonical {
        /// The name as found.
        name: String,
    },
    /// rclone could not read the name back.
    #[error("{name:?} would not come back from encryption as it is: rename it")]
    NotReversible {
        /// The name as found.
        name: String,
    },
    /// Longer than EME allows.
    #[error("the name {name:?} is too long to be encrypted: {length} bytes, and {limit} is the limit")]
    TooLong {
        /// The name as found.
        name: String,
        /// Its length in bytes, in rclone's spelling.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Too long for the store once it is encrypted.
    #[error(
        "the name {name:?} has {length} bytes when encrypted, and the remote takes {limit}: shorten it, or choose \
         filename_encoding = base64 or filename_encryption = obfuscate for a new remote"
    )]
    TooLongForStore {
        /// The name as found.
        name: String,
        /// The encrypted name's length in bytes.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Not a name for rclone, encrypted or not.
    #[error(transparent)]
    Spelling(#[from] NameRefusal),
}

impl NameError {
    pub(super) fn foreign(name: &[u8], reason: &'static str) -> Self {
        Self::Foreign { name: shown(name), reason }
    }
}

/// A name for a message: printable, on one line, without loss.
pub(super) fn shown(name: &[u8]) -> String {
    str::from_utf8(name).map_or_else(|_| name.escape_ascii().to_string(), str::to_owned)
}
