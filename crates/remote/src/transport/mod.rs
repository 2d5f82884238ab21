//! Requests over HTTP: signed, counted, bounded in time and retried, each in one place for all who send them.

mod backoff;
mod body;
mod client;
mod fault;
mod payload;
mod sign;
mod sigv4;
mod tls;
mod wire;

pub use backoff::RetryPolicy;
pub use client::TimeLimits;
pub use tls::install_tls;

pub(crate) use body::Incoming;
pub(crate) use client::Trust;
pub(crate) use fault::{Answer, Fault};
pub(crate) use payload::{PIECE, Payload, Pieces, Withheld};
pub(crate) use sign::Signing;
pub(crate) use wire::{Wire, embedded_refusal, wire_request};
