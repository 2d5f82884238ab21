//! What the kernel refuses, with the path and what to do.

use std::fmt::Display;
use std::io;

use rustix::io::Errno;
use thiserror::Error;

use super::probe::ProbeError;
use crate::table::RootsError;

/// Something could not be done. Nothing else was changed by the try.
#[derive(Debug, Error)]
pub enum MountError {
    /// The kernel said no.
    #[error("cannot {operation} {path}: {cause}")]
    Failed {
        /// The verb.
        operation: &'static str,
        /// The path.
        path: String,
        /// What the kernel said.
        #[source]
        cause: io::Error,
    },
    /// Something that is no directory is in the way, perhaps a symbolic link: those are never followed.
    #[error(
        "{path} is not a directory, or leads through a symbolic link; look who put it there, and remove it"
    )]
    InTheWay {
        /// The target.
        path: String,
    },
    /// Something is mounted at the target, or on the way to it.
    #[error("something else is mounted at {path} or above it; unmount it, or choose another toPath")]
    Occupied {
        /// The target.
        path: String,
    },
    /// The source went away after it was seen.
    #[error("{path} is gone; the Pod has ended or its directory was replaced")]
    SourceGone {
        /// The source.
        path: String,
    },
    /// The mount to take away is not the one that was seen.
    #[error("the mount at {path} is not the one that was to be taken away; it stays")]
    Changed {
        /// The target.
        path: String,
    },
    /// A configured directory is no longer where it was opened.
    #[error("the mount with {path} was taken away; start the agent again")]
    RootGone {
        /// The directory.
        path: String,
    },
    /// The configured directories will not do.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The kernel will not do.
    #[error(transparent)]
    Kernel(#[from] ProbeError),
}

impl MountError {
    pub(super) fn failed(operation: &'static str, path: impl Display, cause: Errno) -> Self {
        Self::Failed { operation, path: path.to_string(), cause: cause.into() }
    }

    /// What it means that something on the way to a target could not be walked or changed.
    pub(super) fn at_target(operation: &'static str, path: String, cause: Errno) -> Self {
        match cause {
            Errno::XDEV => Self::Occupied { path },
            Errno::LOOP | Errno::NOTDIR => Self::InTheWay { path },
            cause => Self::failed(operation, path, cause),
        }
    }

    /// What it means that a source could not be opened.
    pub(super) fn at_source(operation: &'static str, path: String, cause: Errno) -> Self {
        match cause {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Self::SourceGone { path },
            cause => Self::failed(operation, path, cause),
        }
    }
}
