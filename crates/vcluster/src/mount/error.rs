//! What the kernel refuses, with the path and what to do.

use std::io;

use thiserror::Error;

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
}
