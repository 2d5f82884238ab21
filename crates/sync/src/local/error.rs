//! Errors of the local file system, each with its path and the operation that failed.

use std::{fmt, io};

use rustix::io::Errno;
use thiserror::Error;

use crate::remote::ErrorKind;

/// An operation on a local file or folder failed.
#[derive(Debug, Error)]
#[error("cannot {operation} {path}: {cause}")]
pub struct LocalError {
    /// The verb: `read`, `create`.
    pub operation: &'static str,
    /// The file or folder, printable.
    pub path: String,
    /// What the system said.
    #[source]
    pub cause: io::Error,
}

impl LocalError {
    /// Puts an error together.
    pub fn new(operation: &'static str, path: impl fmt::Display, cause: impl Into<io::Error>) -> Self {
        Self { operation, path: path.to_string(), cause: cause.into() }
    }

    /// The system's error number, where there is one.
    #[must_use]
    pub fn errno(&self) -> Option<Errno> {
        Errno::from_io_error(&self.cause)
    }

    /// Whether the file or folder is gone.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.cause.kind() == io::ErrorKind::NotFound
    }

    /// The kind of error that this is for the engine.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.errno() {
            Some(Errno::NOSPC | Errno::DQUOT) => ErrorKind::NoSpace,
            Some(Errno::ISDIR | Errno::NOTDIR | Errno::NOTEMPTY | Errno::EXIST) => ErrorKind::Conflict,
            Some(Errno::NAMETOOLONG) => ErrorKind::Name,
            _ => ErrorKind::Local,
        }
    }
}
