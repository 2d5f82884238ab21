//! The native S3 remote against a real S3 server, with and without faults on the way.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

mod conditional;
mod content;
mod copies;
mod deletes;
mod faults;
mod fixture;
mod names;
mod rclone;
mod refusals;
mod resume;
