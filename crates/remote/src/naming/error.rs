//! Why one file name cannot be carried, so that the sync can leave out that one file with a reason.

/// A name that would not come back as it was. Only this one file is affected.
///
/// Names are shown escaped (`gro\xdf`), so a message stays on one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameRefusal {
    /// An empty segment, `.` or `..`: no file can have this name.
    #[error("{0:?} is not a file name; rename the object on the remote")]
    NotAName(String),
    /// A local name with a `/` or a NUL byte.
    #[error("a file name cannot hold \"/\" or NUL: {0:?}")]
    ForbiddenByte(String),
    /// rclone would give this file another file's name.
    #[error(
        "the name {name:?} uses rclone's quotation mark U+201B so that rclone would write it back as {becomes:?}; rename it"
    )]
    NotReversible {
        /// The name as found.
        name: String,
        /// What it would be after the way there and back.
        becomes: String,
    },
    /// A look-alike of `/` (U+FF0F), which a store whose `encoding` lacks `Slash` gets as a real one.
    #[error(
        "the name {name:?} would become {becomes:?}, which is another file's path; add Slash to the remote's `encoding`, or \
         rename it"
    )]
    Divided {
        /// The name as found.
        name: String,
        /// What the store would call it.
        becomes: String,
    },
    /// The store, as configured, takes only UTF-8.
    #[error("the name {0:?} is not UTF-8; add InvalidUtf8 to the remote's `encoding`, or rename it")]
    NotUtf8(String),
    /// Longer than a Linux directory entry can be.
    #[error(
        "the name {name:?} is {length} bytes long here and {limit} is the limit; rename the object on the remote"
    )]
    TooLong {
        /// The name as found.
        name: String,
        /// Its length in bytes.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

/// A name for a message: printable, on one line, without loss.
pub(super) fn shown(name: &[u8]) -> String {
    match str::from_utf8(name) {
        Ok(text) => text.to_owned(),
        Err(_) => name.escape_ascii().to_string(),
    }
}
