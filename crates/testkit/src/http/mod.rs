//! The little of HTTP/1.1 that a proxy and a test client need, over plain blocking streams.

mod body;
mod client;
mod head;

pub(crate) use body::{Framing, copy_body};
pub use client::Response;
pub(crate) use client::send;
pub(crate) use head::Head;
