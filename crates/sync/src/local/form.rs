//! Other forms of a file's content, such as an encrypted one: what a remote holds is not always what the file holds.

use std::fmt;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use crate::remote::RemoteError;

/// Reads all of a buffer from the file itself, at an offset.
pub type ReadPlain<'a> = dyn FnMut(u64, &mut [u8]) -> Result<(), RemoteError> + 'a;
/// Writes to the file itself, at an offset.
pub type WritePlain<'a> = dyn FnMut(u64, &[u8]) -> Result<(), RemoteError> + 'a;

/// The form in which one file goes out.
pub trait Encoding: fmt::Debug + Send + Sync {
    /// Bytes of the whole in this form.
    fn size(&self) -> u64;

    /// Fills all of `buffer` with the bytes from `offset` on. Asked for the same bytes again, it gives the same, as long
    /// as the file does. Takes CPU time and blocks.
    ///
    /// # Errors
    /// Those of `read`.
    fn read(&self, offset: u64, buffer: &mut [u8], read: &mut ReadPlain<'_>) -> Result<(), RemoteError>;
}

/// The way back of one file. Stretches of it may come side by side; each in order from its beginning to its end.
#[async_trait]
pub trait Decoding: fmt::Debug + Send + Sync {
    /// Waits until what lies at `offset` can be decoded, where that needs what lies before.
    async fn ready(&self, offset: u64);

    /// Takes the bytes at `offset`, and gives `write` what can be given now. Takes CPU time and blocks.
    ///
    /// # Errors
    /// What is wrong with the bytes, of which nothing is given then; and those of `write`.
    fn decode(&self, offset: u64, content: BytesMut, write: &mut WritePlain<'_>) -> Result<(), RemoteError>;

    /// Decodes a whole file in memory.
    ///
    /// # Errors
    /// What is wrong with it.
    fn decode_whole(&self, content: Bytes) -> Result<Bytes, RemoteError> {
        let content = content.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&*shared));
        let mut whole = BytesMut::with_capacity(content.len());
        self.decode(0, content, &mut |_, plain| {
            whole.extend_from_slice(plain);
            Ok(())
        })?;
        Ok(whole.freeze())
    }
}
