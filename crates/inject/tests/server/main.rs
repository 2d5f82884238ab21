//! The definition of `PodFilesystemSync` and injected Pods, as a real API server takes them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Helpers of tests too.

mod accepted;
mod pods;
mod refused;
mod server;
