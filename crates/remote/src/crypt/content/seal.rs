//! Sealing: any range of the sealed file, made from ranges of the plain one, as often and in any order as wanted.

use std::sync::Arc;

use super::super::key::Keys;
use super::layout::{DATA, HEADER, block_at, plain_start, sealed_size, sealed_start};
use super::{HEADER_SIZE, MAGIC, Nonce};
use podfs_crypto::secretbox::{TAG, seal};

/// One plain file as its sealed self. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: Arc<Keys>,
    nonce: Nonce,
    plain: u64,
}

impl Sealer {
    /// For a file of so many plain bytes. See [`Nonce`] for how often one may be used.
    #[must_use]
    pub fn new(keys: Arc<Keys>, nonce: Nonce, plain_size: u64) -> Self {
        Self { keys, nonce, plain: plain_size }
    }

    /// What the sealed file begins with, behind its magic bytes.
    #[must_use]
    pub const fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// The same file under another nonce, for a content that was sealed under it before.
    #[must_use]
    pub fn under(&self, nonce: Nonce) -> Self {
        Self { nonce, ..self.clone() }
    }

    /// Bytes of the sealed file.
    #[must_use]
    pub fn size(&self) -> u64 {
        sealed_size(self.plain)
    }

    /// So many bytes of the sealed file from `offset` on, or as many as there are.
    #[must_use]
    pub fn range(&self, offset: u64, length: u64) -> SealedRange {
        let end = offset.saturating_add(length).min(self.size());
        SealedRange { sealer: self.clone(), position: offset.min(end), end, spare: Spare::default() }
    }

    fn header(&self) -> [u8; HEADER_SIZE] {
        let mut header = [0; HEADER_SIZE];
        let bytes = MAGIC.iter().chain(self.nonce.as_bytes());
        header.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        header
    }

    /// Plain bytes in one block.
    #[allow(clippy::cast_possible_truncation, reason = "no more than a block")]
    fn data_in(&self, index: u64) -> usize {
        self.plain.saturating_sub(plain_start(index)).min(DATA as u64) as usize
    }

    /// Reads one block's data to where it belongs, and seals it there.
    fn make<E>(&self, index: u64, block: &mut [u8], read: &mut impl Read<E>) -> Result<(), E> {
        let Some((tag, data)) = block.split_first_chunk_mut::<TAG>() else { return Ok(()) };
        if let Err(error) = read(plain_start(index), data) {
            // Nobody should find plain data where sealed data was to be.
            data.fill(0);
            return Err(error);
        }
        seal(self.keys.data(), &self.nonce.of_block(index), tag, data);
        Ok(())
    }
}

/// Fills all of a buffer with plain bytes from an offset on, or fails.
trait Read<E>: FnMut(u64, &mut [u8]) -> Result<(), E> {}
impl<E, F: FnMut(u64, &mut [u8]) -> Result<(), E>> Read<E> for F {}

/// A range of a sealed file, read from its beginning to its end.
#[derive(Debug)]
pub struct SealedRange {
    sealer: Sealer,
    position: u64,
    end: u64,
    spare: Spare,
}

/// A sealed block of which the reader takes only a part at a time.
#[derive(Debug, Default)]
struct Spare {
    holds: Option<u64>,
    bytes: Vec<u8>,
}

impl SealedRange {
    /// Bytes that are still to come.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    /// Fills `out` as far as the range reaches, and says how far.
    ///
    /// `read` fills all of the buffer that it is given with plain bytes from an offset on. Blocks that lie whole in
    /// `out` are read into it and sealed there, so buffers of a few blocks cost no copying.
    ///
    /// # Errors
    /// The first error of `read`: what is in `out` is then of no use, and the range is where it was before.
    pub fn fill<E>(
        &mut self,
        out: &mut [u8],
        mut read: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let wanted = usize::try_from(self.remaining()).unwrap_or(usize::MAX).min(out.len());
        let (mut rest, _) = out.split_at_mut(wanted);
        let mut position = self.position;
        while !rest.is_empty() {
            let done = self.piece(position, rest, &mut read)?;
            position += done as u64;
            (_, rest) = rest.split_at_mut(done);
        }
        self.position = position;
        Ok(wanted)
    }

    /// The header or one block, or the part of it that fits.
    fn piece<E>(&mut self, position: u64, out: &mut [u8], read: &mut impl Read<E>) -> Result<usize, E> {
        if position < HEADER {
            return Ok(copy(&self.sealer.header(), position, out));
        }
        let (index, within) = block_at(position);
        let length = TAG + self.sealer.data_in(index);
        if let Some((block, _)) = out.split_at_mut_checked(length).filter(|_| within == 0) {
            self.sealer.make(index, block, read)?;
            return Ok(length);
        }
        let block = self.spare.get(index, length, |block| self.sealer.make(index, block, read))?;
        Ok(copy(block, position - sealed_start(index), out))
    }
}

impl Spare {
    fn get<E>(
        &mut self,
        index: u64,
        length: usize,
        make: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<&[u8], E> {
        if self.holds != Some(index) {
            self.holds = None;
            self.bytes.resize(length, 0);
            make(&mut self.bytes)?;
            self.holds = Some(index);
        }
        Ok(&self.bytes)
    }
}

/// Copies from `offset` on, and says how much.
fn copy(from: &[u8], offset: u64, to: &mut [u8]) -> usize {
    let from = usize::try_from(offset).ok().and_then(|offset| from.get(offset..)).unwrap_or_default();
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    from.len().min(to.len())
}
