//! Opening single blocks, in any order.

use std::sync::Arc;

use super::super::key::Keys;
use super::error::ContentError;
use super::{HEADER_SIZE, MAGIC, Nonce};
use podfs_crypto::secretbox::{TAG, open};

/// What opens the blocks of one file.
#[derive(Debug, Clone)]
pub struct Opener {
    keys: Arc<Keys>,
    nonce: Nonce,
}

impl Opener {
    /// From the file's header.
    ///
    /// # Errors
    /// [`ContentError::BadMagic`].
    pub fn new(keys: Arc<Keys>, header: &[u8; HEADER_SIZE]) -> Result<Self, ContentError> {
        match (header.first_chunk(), header.last_chunk()) {
            (Some(&MAGIC), Some(nonce)) => Ok(Self { keys, nonce: Nonce::from_bytes(*nonce) }),
            _ => Err(ContentError::BadMagic),
        }
    }

    /// The file's nonce.
    #[must_use]
    pub const fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// Checks one whole sealed block and opens it where it lies: the plain bytes are a part of what was given.
    ///
    /// # Errors
    /// [`ContentError::BadBlock`]; the block then stays as it is.
    pub fn open<'block>(&self, index: u64, sealed: &'block mut [u8]) -> Result<&'block [u8], ContentError> {
        let bad = ContentError::BadBlock { index };
        match sealed.split_first_chunk_mut::<TAG>() {
            Some((tag, data)) if !data.is_empty() => {
                match open(self.keys.data(), &self.nonce.of_block(index), tag, data) {
                    true => Ok(data),
                    false => Err(bad),
                }
            }
            _ => Err(bad),
        }
    }
}
