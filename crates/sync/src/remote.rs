//! What the engine asks of a remote. One behaviour suite holds for all of them (`crates/remote/tests/behaviour`).

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use thiserror::Error;

use crate::entry::{Entry, Listed};
use crate::local::{Source, Target};
use crate::manifest::{Nonce, Stored};
use crate::path::RelativePath;
use crate::small::{Small, Version};
use crate::timestamp::Timestamp;

/// A place that holds one tree of files.
///
/// Methods retry by themselves what a retry can help, within a bounded time. An error that comes back is final
/// for this sync.
#[async_trait]
pub trait Remote: Send + Sync {
    /// For people: kind, place and the way we reach it, without secrets.
    fn label(&self) -> String;

    /// What this remote can and cannot hold.
    fn abilities(&self) -> Abilities;

    /// Whether the store can hold this name and gives it back unchanged.
    ///
    /// # Errors
    /// [`ErrorKind::Name`] with the reason.
    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError>;

    /// All files, in any order, each once. When the bucket, or the folder where the store has folders, does not
    /// exist, the first item is [`ErrorKind::NotFound`].
    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>>;

    /// One file with its modification time; `None` when there is no such file.
    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError>;

    /// Puts the content of `source` at `path`, with its modification time where the store can.
    ///
    /// The old content stays until the new one is whole, and for ever when `source` changed meanwhile:
    /// [`ErrorKind::SourceChanged`]. Gives how the object will show itself in a listing, as far as that is known.
    /// With `None` for the nonce it is that of `source`.
    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError>;

    /// Makes `to` a copy of the very object that `from` describes, with its modification time, without its content
    /// passing through here. Whatever stands at `to` is replaced whole, or stays.
    ///
    /// `from` is what a listing or a record says of the original: without its tag or time, as far as the store shows
    /// them, nobody could tell it from another.
    ///
    /// `None`: the store cannot copy, or not this object (it is gone, or another one stands there by now). The caller
    /// uploads instead. Gives how the copy will show itself in a listing, but for the nonce: no store shows it, and the
    /// copy begins as the original does, so the caller keeps the one of the original's record.
    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        let _ = (from, to);
        Ok(None)
    }

    /// Writes the content of `entry` into `target`, and gives what came along with it. The caller checks the size and
    /// puts it in place.
    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError>;

    /// Removes files, and folders that became empty where the store has folders. Gives what could not be
    /// removed; a file that is gone already counts as removed.
    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)>;

    /// A small object of our own (a head); `None` when it is not there. At most `limit` bytes.
    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Small>, RemoteError>;

    /// The first bytes of a file, at most `length`; `None` when it is not there.
    async fn read_start(&self, path: &RelativePath, length: usize) -> Result<Option<Vec<u8>>, RemoteError> {
        let _ = length;
        Err(RemoteError::new(ErrorKind::Unsupported, "read", path, "only whole files can be read"))
    }

    /// Writes a small object of our own, whole or not at all: over the version that was seen, or where none was.
    ///
    /// When another one stands there by now, it stays: [`ErrorKind::Overtaken`]. The store sees to that where it can. Else it is
    /// looked at right before, see [`small::check`](crate::small::check).
    async fn write_small(
        &self,
        path: &RelativePath,
        content: &[u8],
        over: Option<&Version>,
    ) -> Result<Version, RemoteError>;

    /// Makes the place ready for a first upload (a folder, a bucket) where that is needed.
    async fn prepare(&self) -> Result<(), RemoteError>;

    /// Whether the key of an encrypted remote opens what is there. In a bounded number of requests; changes nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when it does not.
    async fn check_key(&self) -> Result<KeyCheck, RemoteError> {
        Ok(KeyCheck::NoKey)
    }

    /// Removes what killed runs left on the remote, as far as this run's listing came across it, and the folders that the
    /// deletes of such a run left empty: files of theirs are `gone`, and a folder may stand where a file is to be. Asked when a
    /// sync is about to change something anyway. What cannot be removed stays for another time.
    async fn tidy(&self, _gone: &[RelativePath]) {}

    /// Waits until what was given up half way has been cleaned up, as far as it can be.
    async fn settle(&self) {}

    /// Whether this remote can still be used for another sync: a helper process that died takes its remote along, and one that
    /// still works on what was given up may get in the way.
    async fn is_open(&self) -> bool {
        true
    }

    /// Ends in order what was started for this remote, in bounded time; what is still under way is taken back. Nothing
    /// can be asked of the remote afterwards.
    async fn close(&self) {}

    /// Requests sent so far, where they can be counted.
    fn requests(&self) -> Option<u64>;
}

/// What came along with a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Came {
    /// The file's modification time, where one came.
    pub modified: Option<Timestamp>,
    /// What the object began with, where it was we who decrypted it.
    pub nonce: Option<Nonce>,
}

impl From<Option<Timestamp>> for Came {
    fn from(modified: Option<Timestamp>) -> Self {
        Self { modified, nonce: None }
    }
}

/// What a key has to do with a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyCheck {
    /// We do not encrypt what goes there.
    NoKey,
    /// Nothing is there: any key will do.
    Empty,
    /// What is there opens.
    Opens,
}

/// What a remote can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// The step in which modification times are kept; `None` when the store cannot hold a file's own time.
    pub time_precision: Option<Duration>,
    /// Whether the store knows no folders (object stores): every path exists, and only the bucket can be missing.
    pub flat: bool,
    /// How many files one delete call takes at its best.
    pub delete_batch: usize,
    /// Whether [`Remote::copy`] has a chance: else nobody needs to ask.
    pub copies: bool,
    /// How many files at once suit it, where nobody asks for another number.
    pub transfers: NonZeroUsize,
}

/// What went wrong with a remote, and with what.
#[derive(Debug, Error)]
#[error("{operation} {object}: {kind}{}", detail_suffix(.detail))]
pub struct RemoteError {
    /// The kind, which decides what happens next.
    pub kind: ErrorKind,
    /// The verb: `upload`, `list`.
    pub operation: &'static str,
    /// The path or place.
    pub object: String,
    /// What the store said, without secrets; may be empty.
    pub detail: String,
}

impl RemoteError {
    /// Puts an error together.
    pub fn new(
        kind: ErrorKind,
        operation: &'static str,
        object: impl fmt::Display,
        detail: impl fmt::Display,
    ) -> Self {
        Self { kind, operation, object: object.to_string(), detail: detail.to_string() }
    }
}

fn detail_suffix(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(" ({detail})") }
}

/// Kinds of remote errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The bucket, folder or file is not there.
    NotFound,
    /// Wrong credentials or missing rights.
    Denied,
    /// No connection, or no answer in time, after all retries: nothing else will work either.
    Unreachable,
    /// The store answered with an error of its own (500, SlowDown) after all retries.
    Unavailable,
    /// The source changed while it was read; nothing was replaced.
    SourceChanged,
    /// What came back is not what was stored or announced.
    Corrupt,
    /// The store cannot do this.
    Unsupported,
    /// The name of this one file cannot be held, by the store or on this machine.
    Name,
    /// A file stands where a folder is needed, or the other way round.
    Conflict,
    /// Another writer was there since, and what it wrote is not to be written over.
    Overtaken,
    /// No space left.
    NoSpace,
    /// The configuration does not fit.
    Configuration,
    /// Reading or writing on this machine failed.
    Local,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// Whether the rest of the sync will meet the same error, so that going on is pointless.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        matches!(self, Self::Unreachable | Self::NoSpace | Self::Configuration)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotFound => "not found",
            Self::Denied => "access denied",
            Self::Unreachable => "the remote cannot be reached",
            Self::Unavailable => "the remote answers with errors",
            Self::SourceChanged => "the file changed while it was read",
            Self::Corrupt => "the content is damaged",
            Self::Unsupported => "not supported by this remote",
            Self::Name => "this name cannot be held",
            Self::Conflict => "a file and a folder are in each other's way",
            Self::Overtaken => "another sync has written to the remote meanwhile",
            Self::NoSpace => "no space left",
            Self::Configuration => "bad configuration",
            Self::Local => "local file error",
            Self::Other => "failed",
        })
    }
}
