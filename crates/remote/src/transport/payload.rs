//! What a request carries: bytes at hand, or a stream that can be begun again for each attempt.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};

use super::body::Progress;

/// Larger bodies are handed to the connection in pieces of this many bytes, so that progress can be seen.
pub(crate) const PIECE: usize = 256 * 1024;

/// The pieces of a streamed body; an error breaks the request off.
pub(crate) type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// Why a body ended before its end: whoever made it knows, and the request must not be sent again.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the rest of the body is withheld")]
pub(crate) struct Withheld;

/// A request's body.
#[derive(Clone)]
pub(crate) enum Payload {
    /// All of it.
    Whole(Bytes),
    /// So many bytes, streamed anew by each call.
    Stream { length: u64, begin: Arc<dyn Fn() -> Pieces + Send + Sync> },
}

impl Payload {
    /// Bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Whole(content) => content.len() as u64,
            Self::Stream { length, .. } => *length,
        }
    }

    /// The body for one attempt. Content-Length must be set by the caller.
    pub(super) fn body(self, progress: &Progress) -> reqwest::Body {
        let pieces = match self {
            Self::Whole(content) if content.len() <= PIECE => return content.into(),
            Self::Whole(content) => in_pieces(content),
            Self::Stream { begin, .. } => begin(),
        };
        let progress = progress.clone();
        reqwest::Body::wrap_stream(pieces.inspect(move |_| progress.touch()))
    }
}

impl From<Bytes> for Payload {
    fn from(content: Bytes) -> Self {
        Self::Whole(content)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.length())
    }
}

fn in_pieces(mut rest: Bytes) -> Pieces {
    let pieces = std::iter::from_fn(move || {
        let piece = rest.split_to(PIECE.min(rest.len()));
        (!piece.is_empty()).then_some(Ok(piece))
    });
    futures::stream::iter(pieces).boxed()
}
