//! The HTTP client: plain HTTP/1.1 with connections kept alive.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::fault::Fault;
use super::payload::Withheld;

/// How long a remote may keep us waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// To connect, TLS included.
    pub connect: Duration,
    /// Without a byte going either way.
    pub idle: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), idle: Duration::from_secs(30) }
    }
}

/// Whom the client believes to be whom they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The system's certificate authorities. Reading them takes some milliseconds, and fails where there are none.
    System,
    /// Nobody: all that is asked for is plain HTTP.
    Nobody,
}

/// Builds the client. Redirects are not followed: a signature holds for one host only.
pub(super) fn build(limits: TimeLimits, trust: Trust) -> Result<reqwest::Client, Fault> {
    super::install_tls();
    let builder = match trust {
        Trust::System => reqwest::Client::builder(),
        Trust::Nobody => reqwest::Client::builder().tls_certs_only([]),
    };
    builder
        .user_agent(concat!("podfs/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(limits.connect)
        .pool_idle_timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|cause| Fault::Request(format!("the HTTP client cannot start: {}", deepest(&cause))))
}

/// A client error as a fault. Only the innermost cause is kept, as the outer ones carry the URL.
pub(super) fn fault_of(error: &reqwest::Error) -> Fault {
    let text = deepest(error);
    if causes(error).any(is_of::<Withheld>) {
        Fault::Withheld
    } else if causes(error).any(|cause| is_of::<rustls::Error>(cause) && text.contains("certificate")) {
        Fault::Untrusted(text)
    } else if error.is_connect() {
        Fault::Connect(text)
    } else if error.is_builder() {
        Fault::Request(text)
    } else if error.is_body() || error.is_decode() {
        Fault::CutShort(text)
    } else {
        Fault::Broken(text)
    }
}

fn deepest(error: &dyn Error) -> String {
    let last = causes(error).last();
    last.map_or_else(|| error.to_string(), ToString::to_string)
}

/// Whether a cause is a `T`, or an I/O error with a `T` inside, which names the source of the `T` as its own.
fn is_of<T: Error + 'static>(cause: &(dyn Error + 'static)) -> bool {
    let inside = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    cause.is::<T>() || inside.is_some_and(<dyn Error + Send + Sync>::is::<T>)
}

fn causes<'a>(error: &'a dyn Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}
