//! A stretch of a local file as the body of a request: read as it is sent, hashed on the way.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use futures::stream::try_unfold;
use podfs_sync::RemoteError;
use podfs_sync::local::Source;

use super::checksum::{Running, Sum};
use super::file_sum;
use crate::transport::{PIECE, Payload, Pieces, Withheld};

/// A body that is read from a file, once for each attempt to send it.
#[derive(Clone)]
pub(super) struct FileBody {
    source: Source,
    offset: u64,
    length: u64,
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

impl FileBody {
    /// `length` bytes at `offset`.
    pub(super) fn new(source: &Source, offset: u64, length: u64) -> Self {
        Self { source: source.clone(), offset, length, result: Arc::default() }
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
        let pieces = try_unfold((0, Running::default()), move |(done, running)| {
            let body = body.clone();
            async move { body.next(done, running).await }
        });
        pieces.boxed()
    }

    async fn next(self, done: u64, running: Running) -> io::Result<Option<(bytes::Bytes, (u64, Running))>> {
        let missing = self.length - done;
        if missing == 0 {
            return Ok(None);
        }
        let wanted = usize::try_from(missing).unwrap_or(PIECE).min(PIECE);
        let read = file_sum::read(&self.source, running, self.offset + done, wanted).await;
        // The last piece is what makes the object: it is withheld when the file did not hold still.
        let last = wanted as u64 == missing;
        let checked =
            read.and_then(|read| if last { self.source.check_unchanged().map(|()| read) } else { Ok(read) });
        match checked {
            Ok((piece, running)) => {
                if last {
                    self.note(Outcome::Read(running.clone().finish()));
                }
                Ok(Some((piece, (done + wanted as u64, running))))
            }
            Err(error) => {
                self.note(Outcome::Failed(error));
                Err(io::Error::other(Withheld))
            }
        }
    }

    fn note(&self, outcome: Outcome) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
    }
}
