//! Opening a sealed file, or a run of its blocks, from chunks as they come from a network.

use std::sync::Arc;

use super::super::block::SEALED;
use super::super::key::Keys;
use super::HEADER_SIZE;
use super::error::ContentError;
use super::layout::{HEADER, block_at, plain_size, plain_start, sealed_start};
use super::open::Opener;

/// Takes sealed bytes in chunks of any size, and gives plain bytes block by block, each only after it was checked.
#[derive(Debug)]
pub struct Unsealer {
    keys: Arc<Keys>,
    opener: Option<Opener>,
    /// What came in and is not opened yet: no more than a block.
    pending: Vec<u8>,
    /// Where in the sealed file `pending` begins.
    position: u64,
    /// Where the sealed bytes end, if known.
    end: Option<u64>,
}

impl Unsealer {
    /// For a whole file, and its sealed size where that is known. Without it nobody notices a file that was cut off
    /// between two blocks.
    ///
    /// # Errors
    /// [`ContentError::NoHeader`] and [`ContentError::TornBlock`] for a size that no sealed file has.
    pub fn whole(keys: Arc<Keys>, sealed_size: Option<u64>) -> Result<Self, ContentError> {
        if let Some(size) = sealed_size {
            plain_size(size)?;
        }
        Ok(Self { keys, opener: None, pending: Vec::new(), position: 0, end: sealed_size })
    }

    /// For the blocks from `first` up to the sealed offset `end`: where ranges of a file come on several connections.
    /// Their first byte is [`Unsealer::start_of`]`(first)`.
    #[must_use]
    pub fn blocks(opener: Opener, first: u64, end: u64) -> Self {
        let position = sealed_start(first);
        Self { keys: opener.keys(), opener: Some(opener), pending: Vec::new(), position, end: Some(end) }
    }

    /// The sealed offset at which a block begins.
    #[must_use]
    pub fn start_of(block: u64) -> u64 {
        sealed_start(block)
    }

    /// Takes some bytes, and gives what could be opened to `write`, with its offset in the plain file.
    ///
    /// # Errors
    /// What is wrong with the file, or the first error of `write`. Nothing more may be pushed then.
    pub fn push<E: From<ContentError>>(
        &mut self,
        mut chunk: &[u8],
        mut write: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while !chunk.is_empty() {
            let missing = self.missing()?;
            let (taken, rest) = chunk.split_at(chunk.len().min(missing));
            self.pending.extend_from_slice(taken);
            chunk = rest;
            if taken.len() == missing {
                self.complete(&mut write)?;
            }
        }
        Ok(())
    }

    /// Says that no more bytes come. Gives the rest to `write`, and tells the offset in the plain file at which it ends.
    ///
    /// # Errors
    /// As [`Unsealer::push`].
    pub fn finish<E: From<ContentError>>(
        mut self,
        mut write: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let size = self.position.saturating_add(self.pending.len() as u64);
        if let Some(expected) = self.end.filter(|expected| size < *expected) {
            return Err(ContentError::Truncated { size, expected }.into());
        }
        let plain = plain_size(size)?;
        if !self.pending.is_empty() {
            self.complete(&mut write)?;
        }
        Ok(plain)
    }

    /// Bytes until the header or a block is whole: at least one.
    fn missing(&self) -> Result<usize, ContentError> {
        let (whole, begins) = match self.opener {
            None => (HEADER_SIZE, 0),
            Some(_) => (SEALED, self.position),
        };
        let to_end = match self.end {
            Some(end) => usize::try_from(end.saturating_sub(begins)).unwrap_or(usize::MAX),
            None => usize::MAX,
        };
        match whole.min(to_end).saturating_sub(self.pending.len()) {
            0 => Err(ContentError::TooLong { expected: self.end.unwrap_or_default() }),
            missing => Ok(missing),
        }
    }

    fn complete<E: From<ContentError>>(
        &mut self,
        write: &mut impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let length = self.pending.len() as u64;
        match &self.opener {
            None => {
                let header = self.pending.first_chunk().ok_or(ContentError::NoHeader { size: length })?;
                self.opener = Some(Opener::new(Arc::clone(&self.keys), header)?);
                self.position = HEADER;
                self.pending.reserve_exact(SEALED);
            }
            Some(opener) => {
                let (index, _) = block_at(self.position);
                write(plain_start(index), opener.open(index, &mut self.pending)?)?;
                self.position = self.position.saturating_add(length);
            }
        }
        self.pending.clear();
        Ok(())
    }
}
