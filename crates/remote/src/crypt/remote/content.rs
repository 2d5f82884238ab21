//! Contents on their way out and back.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::BytesMut;
use podfs_sync::local::{Decoding, Encoding, ReadPlain, WritePlain};
use podfs_sync::{ErrorKind, RemoteError, manifest};
use tokio::sync::Semaphore;

use super::super::content::{ContentError, Nonce, Sealer, Unsealer};
use super::super::key::Keys;

/// One file as it goes out. Parts and repeats of one upload read the same content, so they share its nonce, and so does an
/// upload that goes on where an earlier one stopped.
#[derive(Debug)]
pub(super) struct Sealing(Sealer);

impl Sealing {
    pub(super) fn new(sealer: Sealer) -> Self {
        Self(sealer)
    }
}

impl Encoding for Sealing {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&self, offset: u64, buffer: &mut [u8], read: &mut ReadPlain<'_>) -> Result<(), RemoteError> {
        self.0.range(offset, buffer.len() as u64).fill(buffer, read).map(drop)
    }

    fn nonce(&self) -> Option<manifest::Nonce> {
        Some(*self.0.nonce().as_bytes())
    }

    fn under(&self, nonce: manifest::Nonce) -> Option<Arc<dyn Encoding>> {
        Some(Arc::new(Self(self.0.under(Nonce::from_bytes(nonce)))))
    }
}

/// A whole small content, sealed.
pub(super) fn seal_whole(sealer: &Sealer, plain: &[u8]) -> Vec<u8> {
    let mut sealed = vec![0; usize::try_from(sealer.size()).unwrap_or_default()];
    let read = |offset: u64, into: &mut [u8]| -> Result<(), Infallible> {
        let from = usize::try_from(offset).ok().and_then(|offset| plain.get(offset..)).unwrap_or_default();
        into.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        Ok(())
    };
    match sealer.range(0, u64::MAX).fill(&mut sealed, read) {
        Ok(_) => sealed,
    }
}

/// One file as it comes back.
#[derive(Debug)]
pub(super) struct Opening {
    unsealer: Unsealer,
    /// For messages.
    shown: String,
    /// Closed when the header is there: nothing else is ever asked of it.
    header: Semaphore,
}

impl Opening {
    /// For an object of so many bytes, called `shown` in messages.
    pub(super) fn new(keys: Arc<Keys>, shown: String, sealed_size: u64) -> Result<Self, RemoteError> {
        let unsealer = Unsealer::new(keys, sealed_size).map_err(|error| damaged(&shown, &error))?;
        Ok(Self { unsealer, shown, header: Semaphore::new(0) })
    }

    /// What the object began with, once its beginning came.
    pub(super) fn nonce(&self) -> Option<manifest::Nonce> {
        self.unsealer.nonce().map(|nonce| *nonce.as_bytes())
    }

    /// Whether all of it came.
    pub(super) fn finish(&self) -> Result<(), RemoteError> {
        self.unsealer.finish().map_err(|error| damaged(&self.shown, &error))
    }
}

#[async_trait]
impl Decoding for Opening {
    async fn ready(&self, offset: u64) {
        if !self.unsealer.is_ready(offset) {
            // Ends with an error when the semaphore is closed, which is what is waited for.
            let _ = self.header.acquire().await;
        }
    }

    fn behind(&self, plain: u64) -> Option<Vec<Range<u64>>> {
        self.unsealer.behind(plain)
    }

    fn decode(
        &self,
        offset: u64,
        mut content: BytesMut,
        write: &mut WritePlain<'_>,
    ) -> Result<(), RemoteError> {
        let taken = self.unsealer.take(offset, &mut content, |offset, plain| Ok(write(offset, plain)?));
        if self.unsealer.is_ready(u64::MAX) {
            self.header.close();
        }
        taken.map_err(|stop| match stop {
            Stop::Content(error) => damaged(&self.shown, &error),
            Stop::Write(error) => error,
        })
    }
}

/// The error of an object that does not open.
pub(super) fn damaged(shown: &str, error: &ContentError) -> RemoteError {
    RemoteError::new(ErrorKind::Corrupt, "decrypt", shown, error)
}

/// Why a content was not opened to its end.
enum Stop {
    Content(ContentError),
    Write(RemoteError),
}

impl From<ContentError> for Stop {
    fn from(error: ContentError) -> Self {
        Self::Content(error)
    }
}

impl From<RemoteError> for Stop {
    fn from(error: RemoteError) -> Self {
        Self::Write(error)
    }
}
