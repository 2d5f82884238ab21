//! S3, natively: the plain mirror that `rclone sync` would make, with one request per small file.
//!
//! Requests are put together here and sent over [`crate::transport`], which signs, counts and retries them. No object
//! store library stands between: those we looked at damage some keys (white space, `//`, control characters), cannot
//! read a body as it is sent, and cost more CPU on small files than all the rest of a request.

mod address;
mod answer;
mod bucket;
mod budget;
mod checksum;
mod conditional;
mod content_type;
mod copy;
mod credentials;
mod delete;
mod download;
mod errors;
mod file_body;
mod file_sum;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod journal;
mod keys;
mod list;
mod list_page;
mod mtime;
mod multipart;
mod objects;
mod options;
mod parts;
mod ranges;
mod remote;
mod resume;
mod small;
mod store;
mod upload;

pub use options::S3Options;
pub use remote::S3Remote;
