//! What can go wrong with one request, and whether sending it again can help.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// Why a request failed. Holds no secret: neither headers nor query reach it.
#[derive(Debug, Clone, Error)]
pub(crate) enum Fault {
    /// No connection: refused, no such host, no route.
    #[error("{0}")]
    Connect(String),
    /// A server that cannot prove who it is.
    #[error("{0}; SSL_CERT_FILE can name a file with the certificate authority to trust")]
    Untrusted(String),
    /// The other side sent and took nothing for this long.
    #[error("no answer and no data for {} s", .0.as_secs_f32())]
    Stalled(Duration),
    /// We ended the request ourselves, in the middle of its body.
    #[error("the upload was given up")]
    Withheld,
    /// The connection broke before the answer came.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The connection broke while the answer came.
    #[error("the answer broke off: {0}")]
    CutShort(String),
    /// The store refused or failed.
    #[error("{0}")]
    Answer(Answer),
    /// The answer makes no sense.
    #[error("the store's answer was not understood: {0}")]
    Nonsense(String),
    /// Credentials cannot be found.
    #[error("{0}")]
    Credentials(String),
    /// The request cannot be put together.
    #[error("{0}")]
    Request(String),
}

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The store's own code (`NoSuchKey`); empty where it gave none.
    pub(crate) code: String,
    /// The store's own words; may be empty.
    pub(crate) message: String,
}

/// Which budget of attempts a fault draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// The same request would fail again.
    Never,
    /// The store is there and may recover.
    Server,
    /// The store may not be there at all.
    Connection,
}

impl Fault {
    /// Whether and how patiently to try again.
    pub(crate) fn retry(&self) -> Retry {
        match self {
            Self::Connect(_) | Self::Stalled(_) | Self::Broken(_) => Retry::Connection,
            Self::CutShort(_) | Self::Nonsense(_) => Retry::Server,
            Self::Answer(answer) if answer.is_passing() => Retry::Server,
            Self::Answer(_)
            | Self::Withheld
            | Self::Untrusted(_)
            | Self::Credentials(_)
            | Self::Request(_) => Retry::Never,
        }
    }

    /// Whether the same request may go well later.
    pub(crate) fn may_pass(&self) -> bool {
        self.retry() != Retry::Never
    }

    /// The store's answer, if there was one.
    pub(crate) fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// Whether the store says that the object (not the bucket) is not there.
    pub(crate) fn is_missing_object(&self) -> bool {
        self.answer().is_some_and(|answer| {
            answer.status == 404 && matches!(answer.code.as_str(), "" | "NoSuchKey" | "NotFound")
        })
    }
}

impl Answer {
    fn is_passing(&self) -> bool {
        match self.code.as_str() {
            "SlowDown"
            | "InternalError"
            | "ServiceUnavailable"
            | "RequestTimeout"
            | "OperationAborted"
            | "ConditionalRequestConflict"
            | "TooManyRequests"
            | "Throttling"
            | "ThrottlingException"
            | "BadDigest" => true,
            "NotImplemented" => false,
            _ => matches!(self.status, 408 | 429 | 499 | 500 | 502 | 503 | 504),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.message.as_str()) {
            ("", "") => write!(formatter, "HTTP {}", self.status),
            ("", text) | (text, "") => write!(formatter, "HTTP {}, {text}", self.status),
            (code, message) => write!(formatter, "HTTP {}, {code}: {message}", self.status),
        }
    }
}
