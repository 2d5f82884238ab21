//! The HTTP client: plain HTTP/1.1 with connections kept alive.

use std::time::Duration;

use super::fault::Fault;

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

/// Builds the client. Redirects are not followed: a signature holds for one host only.
pub(super) fn build(limits: TimeLimits) -> Result<reqwest::Client, Fault> {
    super::install_tls();
    reqwest::Client::builder()
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
    if error.is_connect() {
        Fault::Connect(text)
    } else if error.is_builder() {
        Fault::Request(text)
    } else if error.is_body() || error.is_decode() {
        Fault::CutShort(text)
    } else {
        Fault::Broken(text)
    }
}

fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
