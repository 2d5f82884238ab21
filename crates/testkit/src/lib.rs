//! Real servers, a real Kubernetes, pinned tools, failing networks and sample trees for the project's tests.
//!
//! Nothing here is mocked: an S3 test talks to a real S3 server, and a fault is a real broken connection.

pub mod cluster;
mod http;
pub mod image;
pub mod mapped;
pub mod proxy;
pub mod servers;
#[cfg(target_arch = "x86_64")]
pub mod syscalls;
pub mod tools;
pub mod tree;
mod until;

pub use http::Response;
pub use until::until;
