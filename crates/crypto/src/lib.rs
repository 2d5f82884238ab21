//! The two computations that transfers wait for, as fast as the processor can: MD5 sums, and NaCl's secretbox.
//!
//! Also a debug build optimises this crate: it is where the time of a test goes that carries large files. It knows nothing
//! of files, remotes or formats. Whatever else is computed is left to third-party crates.

mod keystream;
pub mod md5;
pub mod secretbox;
