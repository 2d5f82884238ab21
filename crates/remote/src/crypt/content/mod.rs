//! The contents of a file: a header, then blocks that are sealed one by one.
//!
//! `RCLONE\0\0`, 24 bytes of nonce, then for each 64 KiB of plain data (the last may have less) 16 bytes of tag and the
//! data. The nonce counts up by one for each block. An empty file is a header alone.
//!
//! What the format cannot notice by itself is a file cut off between two blocks: so whoever opens one says how long it
//! should be, where he knows.

mod error;
mod layout;
mod nonce;
mod open;
mod seal;
mod unseal;

#[cfg(test)]
mod tests;

pub use error::ContentError;
pub use layout::{HEADER_SIZE, plain_size, sealed_size};
pub use nonce::Nonce;
pub use open::Opener;
pub use seal::{SealedRange, Sealer};
pub use unseal::Unsealer;

pub(super) use layout::SEALED;
pub(super) use podfs_crypto::secretbox::NONCE as NONCE_SIZE;

/// What a file begins with.
const MAGIC: [u8; 8] = *b"RCLONE\0\0";
