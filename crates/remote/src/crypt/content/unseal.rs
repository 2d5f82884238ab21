//! Opening a sealed file from pieces as they come from a network, in any order.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::super::key::Keys;
use super::error::ContentError;
use super::layout::{DATA, SEALED};
use super::layout::{HEADER, block_at, plain_size, plain_start, sealed_size, sealed_start};
use super::open::Opener;
use super::{HEADER_SIZE, Nonce};

/// Takes the pieces of one sealed file, and gives plain bytes block by block, each only after it was checked.
///
/// Stretches of the file may come side by side, once its header is there. Of a block that lies in two pieces the first
/// waits for the second: so it holds two blocks for each stretch under way at the most.
#[derive(Debug)]
pub struct Unsealer {
    keys: Arc<Keys>,
    /// Bytes of the sealed file.
    size: u64,
    opener: OnceLock<Opener>,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    header: Vec<u8>,
    /// Blocks that are not whole yet.
    parts: HashMap<u64, Part>,
    /// Plain bytes given out.
    plain: u64,
}

/// A block of which some bytes are there.
#[derive(Debug)]
struct Part {
    bytes: Vec<u8>,
    missing: usize,
}

impl Unsealer {
    /// For a sealed file of so many bytes.
    ///
    /// # Errors
    /// [`ContentError::NoHeader`] and [`ContentError::TornBlock`] for a size that no sealed file has.
    pub fn new(keys: Arc<Keys>, sealed_size: u64) -> Result<Self, ContentError> {
        plain_size(sealed_size)?;
        Ok(Self { keys, size: sealed_size, opener: OnceLock::new(), progress: Mutex::default() })
    }

    /// Whether a piece at this offset can be taken: what lies behind the header needs it.
    #[must_use]
    pub fn is_ready(&self, offset: u64) -> bool {
        offset < HEADER || self.opener.get().is_some()
    }

    /// Takes the bytes at `offset`, and gives what could be opened to `write`, with its offset in the plain file. What
    /// is in `piece` is of no use afterwards.
    ///
    /// # Errors
    /// What is wrong with the file, or the first error of `write`. Nothing more may be taken then.
    pub fn take<E: From<ContentError>>(
        &self,
        offset: u64,
        piece: &mut [u8],
        mut write: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if offset.saturating_add(piece.len() as u64) > self.size {
            return Err(ContentError::TooLong { expected: self.size }.into());
        }
        let (mut offset, mut rest) = self.take_header(offset, piece)?;
        while !rest.is_empty() {
            let opener = self.opener.get().ok_or(ContentError::BadMagic)?;
            let (index, within) = block_at(offset);
            let whole = self.block_length(index);
            let (here, behind) = rest.split_at_mut(rest.len().min(whole.saturating_sub(within)));
            offset = offset.saturating_add(here.len() as u64);
            rest = behind;
            if here.len() == whole {
                self.give(opener, index, here, &mut write)?;
            } else if let Some(mut block) = self.complete(index, within, here, whole) {
                self.give(opener, index, &mut block, &mut write)?;
            }
        }
        Ok(())
    }

    /// Goes on behind the first bytes of the plain file, so many, which are there already: which stretches are needed. `None`:
    /// no block begins there.
    #[must_use]
    pub fn behind(&self, plain: u64) -> Option<Vec<Range<u64>>> {
        let index = plain / DATA as u64;
        let start = sealed_start(index);
        if plain_start(index) != plain || start >= self.size {
            return None;
        }
        self.progress().plain = plain;
        Some(vec![0..HEADER, start..self.size])
    }

    /// The file's nonce, once its header was taken.
    #[must_use]
    pub fn nonce(&self) -> Option<Nonce> {
        self.opener.get().map(Opener::nonce)
    }

    /// Says that no more bytes come.
    ///
    /// # Errors
    /// [`ContentError::Truncated`].
    pub fn finish(&self) -> Result<(), ContentError> {
        let progress = self.progress();
        let given = match self.opener.get() {
            Some(_) => sealed_size(progress.plain),
            None => progress.header.len() as u64,
        };
        match given == self.size {
            true => Ok(()),
            false => Err(ContentError::Truncated { size: given, expected: self.size }),
        }
    }

    /// Takes what belongs to the header; gives the rest and where it lies.
    fn take_header<'piece>(
        &self,
        offset: u64,
        piece: &'piece mut [u8],
    ) -> Result<(u64, &'piece mut [u8]), ContentError> {
        if offset >= HEADER {
            return Ok((offset, piece));
        }
        let mut progress = self.progress();
        let missing = HEADER_SIZE.saturating_sub(progress.header.len());
        let (header, rest) = piece.split_at_mut(missing.min(piece.len()));
        progress.header.extend_from_slice(header);
        if let Some(header) = progress.header.first_chunk() {
            // Nobody else can have set it: a header comes once.
            let _ = self.opener.set(Opener::new(Arc::clone(&self.keys), header)?);
        }
        Ok((HEADER, rest))
    }

    /// Puts a part of a block to what is there of it; the block, when that makes it whole.
    fn complete(&self, index: u64, within: usize, bytes: &[u8], whole: usize) -> Option<Vec<u8>> {
        let mut progress = self.progress();
        let part =
            progress.parts.entry(index).or_insert_with(|| Part { bytes: vec![0; whole], missing: whole });
        let space = part.bytes.get_mut(within..within + bytes.len())?;
        space.copy_from_slice(bytes);
        // Bytes that come twice make a block that does not open.
        part.missing = part.missing.saturating_sub(bytes.len());
        if part.missing > 0 {
            return None;
        }
        progress.parts.remove(&index).map(|part| part.bytes)
    }

    fn give<E: From<ContentError>>(
        &self,
        opener: &Opener,
        index: u64,
        block: &mut [u8],
        write: &mut impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let plain = opener.open(index, block)?;
        write(plain_start(index), plain)?;
        self.progress().plain += plain.len() as u64;
        Ok(())
    }

    /// Bytes of a sealed block: all have the same, but for the last.
    fn block_length(&self, index: u64) -> usize {
        let behind = self.size.saturating_sub(sealed_start(index));
        usize::try_from(behind).unwrap_or(SEALED).min(SEALED)
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
