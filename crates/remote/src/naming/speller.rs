//! One file's name on both sides, composed as `rclone sync` composes it.
//!
//! rclone reads a local name by *decoding* it under the local backend's mask, encodes that into its standard spelling,
//! and turns that into the store's: `encode(store, decode(standard, encode(standard, decode(local, raw))))`. Back it
//! goes the same way. Seen with rclone 1.75.2: this is not reversible for every local name. `‛x` and `‛‛x` are both
//! listed as `‛‛x`; rclone then opens `‛‛x` and reports that `‛x` does not exist. Every name that comes back as it was
//! has a spelling that no other such name has, so refusing the others also removes all collisions.

use super::error::{NameRefusal, shown};
use super::{Mask, decode, encode};

/// The longest name of a directory entry on Linux, in bytes (`NAME_MAX`).
const LONGEST_NAME: usize = 255;

/// Translates names between the local directory, rclone's standard spelling and one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speller {
    local: Mask,
    store: Mask,
    longest: usize,
}

impl Speller {
    /// For a store with this mask, beside a local directory as stock rclone on Linux reads it.
    #[must_use]
    pub const fn new(store: Mask) -> Speller {
        Speller { local: Mask::LOCAL, store, longest: LONGEST_NAME }
    }

    /// For names that no file has, such as encrypted ones: the store alone says how long they may be.
    #[must_use]
    pub const fn of_any_length(self) -> Speller {
        Speller { longest: usize::MAX, ..self }
    }

    /// The store's mask.
    #[must_use]
    pub const fn store(&self) -> Mask {
        self.store
    }

    /// What `rclone sync LOCAL STORE` names this file on the store, right or wrong: see [`Speller::spell`].
    #[must_use]
    pub fn store_name(&self, raw: &[u8]) -> Vec<u8> {
        encode(self.store, &decode(Mask::STANDARD, &self.standard_name(raw)))
    }

    /// What `rclone sync STORE LOCAL` names this object in the directory, right or wrong: see [`Speller::unspell`].
    #[must_use]
    pub fn local_name(&self, spelled: &[u8]) -> Vec<u8> {
        let standard = encode(Mask::STANDARD, &decode(self.store, spelled));
        encode(self.local, &decode(Mask::STANDARD, &standard))
    }

    /// What rclone calls this local file in a listing, right or wrong: see [`Speller::standard`].
    #[must_use]
    pub fn standard_name(&self, raw: &[u8]) -> Vec<u8> {
        encode(Mask::STANDARD, &decode(self.local, raw))
    }

    /// The spelling on the store of one local name.
    ///
    /// # Errors
    /// [`NameRefusal`] when no Linux file has this name or when rclone would not write it back as it was.
    pub fn spell(&self, raw: &[u8]) -> Result<Vec<u8>, NameRefusal> {
        self.accept_raw(raw)?;
        let spelled = self.store_name(raw);
        returns(raw, &self.local_name(&spelled))?;
        // It returns as it was, but only alone: in a path it would be two names.
        if spelled.contains(&b'/') {
            return Err(NameRefusal::Divided { name: shown(raw), becomes: shown(&spelled) });
        }
        Ok(spelled)
    }

    /// As [`Speller::spell`], for a store whose names are UTF-8 text, such as S3.
    ///
    /// # Errors
    /// As [`Speller::spell`], and [`NameRefusal::NotUtf8`] when the mask lacks [`Mask::INVALID_UTF8`].
    pub fn spell_text(&self, raw: &[u8]) -> Result<String, NameRefusal> {
        String::from_utf8(self.spell(raw)?).map_err(|_| NameRefusal::NotUtf8(shown(raw)))
    }

    /// The local name of one object.
    ///
    /// # Errors
    /// [`NameRefusal`] when no Linux file can have the name, or when two objects would get it (`‛41` and `A`).
    pub fn unspell(&self, spelled: &[u8]) -> Result<Vec<u8>, NameRefusal> {
        let raw = self.local_name(spelled);
        self.accept_raw(&raw)?;
        returns(spelled, &self.store_name(&raw))?;
        Ok(raw)
    }

    /// A whole relative path, segment by segment. Segments are joined by `/`.
    ///
    /// # Errors
    /// The refusal of the first segment that has one, as [`Speller::spell_text`].
    pub fn spell_path(&self, raw: &[u8]) -> Result<String, NameRefusal> {
        let segments: Result<Vec<String>, NameRefusal> =
            raw.split(|byte| *byte == b'/').map(|segment| self.spell_text(segment)).collect();
        Ok(segments?.join("/"))
    }

    /// The inverse of [`Speller::spell_path`].
    ///
    /// # Errors
    /// The refusal of the first segment that has one; an empty segment (`a//b`, a trailing `/`) is one.
    pub fn unspell_path(&self, spelled: &str) -> Result<Vec<u8>, NameRefusal> {
        let segments: Result<Vec<Vec<u8>>, NameRefusal> =
            spelled.split('/').map(|segment| self.unspell(segment.as_bytes())).collect();
        Ok(segments?.join(&b'/'))
    }

    /// The standard spelling of one local name: for `--files-from-raw` and what rclone prints. Bytes that are not
    /// UTF-8 pass through.
    ///
    /// # Errors
    /// [`NameRefusal`] when rclone would look for another file under it.
    pub fn standard(&self, raw: &[u8]) -> Result<Vec<u8>, NameRefusal> {
        self.accept_raw(raw)?;
        let standard = self.standard_name(raw);
        returns(raw, &encode(self.local, &decode(Mask::STANDARD, &standard)))?;
        Ok(standard)
    }

    /// The local name of a file that rclone names in its standard spelling (from `lsf`, or a log).
    ///
    /// # Errors
    /// [`NameRefusal`] when no Linux file can have the name, or the spelling is not what rclone itself would write.
    pub fn raw_of_standard(&self, standard: &[u8]) -> Result<Vec<u8>, NameRefusal> {
        let raw = encode(self.local, &decode(Mask::STANDARD, standard));
        self.accept_raw(&raw)?;
        returns(standard, &self.standard_name(&raw))?;
        Ok(raw)
    }

    /// A path as a user types it after `remote:` (standard spelling, segments joined by `/`) as the store has it.
    #[must_use]
    pub fn store_path_of_standard(&self, standard: &str) -> Vec<u8> {
        let spelled =
            standard.split('/').map(|part| encode(self.store, &decode(Mask::STANDARD, part.as_bytes())));
        spelled.collect::<Vec<_>>().join(&b'/')
    }

    fn accept_raw(&self, raw: &[u8]) -> Result<(), NameRefusal> {
        match raw {
            b"" | b"." | b".." => Err(NameRefusal::NotAName(shown(raw))),
            _ if raw.iter().any(|byte| matches!(byte, b'/' | 0)) => {
                Err(NameRefusal::ForbiddenByte(shown(raw)))
            }
            _ if raw.len() > self.longest => {
                Err(NameRefusal::TooLong { name: shown(raw), length: raw.len(), limit: self.longest })
            }
            _ => Ok(()),
        }
    }
}

fn returns(name: &[u8], becomes: &[u8]) -> Result<(), NameRefusal> {
    if name == becomes {
        return Ok(());
    }
    Err(NameRefusal::NotReversible { name: shown(name), becomes: shown(becomes) })
}

#[cfg(test)]
#[path = "speller_tests.rs"]
mod tests;
