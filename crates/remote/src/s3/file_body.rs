//! A stretch of a local file as the body of a request: read as it is sent, and hashed on the way unless that was done before.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::try_unfold;
use podfs_crypto::md5::Running;
use podfs_sync::RemoteError;
use podfs_sync::local::Source;

use super::checksum::Sum;
use super::file_sum;
use crate::transport::{PIECE, Payload, Pieces, Withheld};

/// Bytes of a file that are read at once. An encrypted file is made in blocks, and one that lies across two of these
/// reads is made twice.
pub(super) const READ: usize = 4 * PIECE;
/// What a body holds in memory at most, in bytes: what is read, and what was read before and is sent.
pub(super) const MEMORY: u64 = 2 * READ as u64;

/// A body that is read from a file, once for each attempt to send it.
#[derive(Clone)]
pub(super) struct FileBody {
    source: Source,
    offset: u64,
    length: u64,
    /// The sum, where it is known already. The store's tag then tells whether this is what was sent.
    known: Option<Sum>,
    result: Arc<Mutex<Outcome>>,
}

/// How the latest attempt went.
#[derive(Default)]
enum Outcome {
    #[default]
    Underway,
    Read(Sum),
    Failed(RemoteError),
}

/// How far an attempt has come.
#[derive(Default)]
struct Progress {
    /// Bytes that were read.
    done: u64,
    /// Those of them that are still to be handed out.
    waiting: Bytes,
    running: Running,
}

impl FileBody {
    /// `length` bytes at `offset`.
    pub(super) fn new(source: &Source, offset: u64, length: u64, known: Option<Sum>) -> Self {
        Self { source: source.clone(), offset, length, known, result: Arc::default() }
    }

    /// The body for a request.
    pub(super) fn payload(&self) -> Payload {
        let body = self.clone();
        Payload::Stream { length: self.length, begin: Arc::new(move || body.begin()) }
    }

    /// The MD5 of what the latest attempt sent, or why the file could not be read to its end.
    pub(super) fn outcome(&self) -> Result<Option<Sum>, RemoteError> {
        let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::take(&mut *result) {
            Outcome::Underway => Ok(None),
            Outcome::Read(sum) => Ok(Some(sum)),
            Outcome::Failed(error) => Err(error),
        }
    }

    fn begin(&self) -> Pieces {
        let body = self.clone();
        body.note(Outcome::Underway);
        let pieces = try_unfold(Progress::default(), move |progress| {
            let body = body.clone();
            async move { body.next(progress).await }
        });
        pieces.boxed()
    }

    async fn next(self, mut progress: Progress) -> io::Result<Option<(Bytes, Progress)>> {
        if progress.waiting.is_empty() {
            if progress.done == self.length {
                return Ok(None);
            }
            progress = self.read(progress).await.map_err(|error| {
                self.note(Outcome::Failed(error));
                io::Error::other(Withheld)
            })?;
        }
        let piece = progress.waiting.split_to(PIECE.min(progress.waiting.len()));
        Ok(Some((piece, progress)))
    }

    /// Reads on. The last bytes are what makes the object: they are withheld when the file did not hold still.
    async fn read(&self, mut progress: Progress) -> Result<Progress, RemoteError> {
        let missing = self.length - progress.done;
        let wanted = usize::try_from(missing).unwrap_or(READ).min(READ);
        let (offset, hashes) = (self.offset + progress.done, self.known.is_none());
        progress = file_sum::blocking(&self.source, move |source| {
            let mut buffer = BytesMut::zeroed(wanted);
            source.fill(offset, &mut buffer)?;
            if hashes {
                progress.running.add(&buffer);
            }
            progress.waiting = buffer.freeze();
            progress.done += wanted as u64;
            Ok(progress)
        })
        .await?;
        if progress.done == self.length {
            self.source.check_unchanged()?;
            let running = std::mem::take(&mut progress.running);
            self.note(Outcome::Read(self.known.unwrap_or_else(|| running.finish())));
        }
        Ok(progress)
    }

    fn note(&self, outcome: Outcome) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
    }
}
