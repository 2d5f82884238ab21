//! Whole paths, as the `Remote` trait has them: raw bytes above the encryption, raw bytes below it.
//!
//! rclone hands names on in its standard spelling: the local name is spelled so, then encrypted, and the result is taken
//! for a standard spelling by the store. It matters where an encrypted name holds characters that spellings swap, such as
//! U+2400 in base32768.

use crate::naming::{Mask, Speller, decode, encode};

use super::cipher::NameCipher;
use super::error::{NameError, shown};

/// Only its standard spelling is used, so the store does not matter.
const SPELLER: Speller = Speller::new(Mask::LOCAL);

impl NameCipher {
    /// The path of a local file as the remote below the encryption should take it.
    ///
    /// # Errors
    /// The [`NameError`] of the first segment that has one.
    pub fn seal_path(&self, raw: &[u8]) -> Result<Vec<u8>, NameError> {
        if self.lost_at_root(raw) {
            return Err(NameError::NotReversible { name: shown(raw) });
        }
        segments(raw, |segment, last| {
            let standard = SPELLER.standard(segment)?;
            below(&if last { self.encrypt_file(&standard)? } else { self.encrypt_directory(&standard)? })
        })
    }

    /// The local path of a file that the remote below lists.
    ///
    /// # Errors
    /// The [`NameError`] of the first segment that has one: the file is to be left out, with this reason.
    pub fn open_path(&self, below: &[u8]) -> Result<Vec<u8>, NameError> {
        let raw = segments(below, |segment, last| {
            let standard = spelled(segment)?;
            let plain = if last { self.decrypt_file(&standard)? } else { self.decrypt_directory(&standard)? };
            Ok(SPELLER.raw_of_standard(&plain)?)
        })?;
        match self.lost_at_root(&raw) {
            true => Err(NameError::foreign(below, "it is a version alone")),
            false => Ok(raw),
        }
    }

    /// A directory's path as users type it behind `remote_encrypted:`, as they would type it behind the remote below.
    ///
    /// # Errors
    /// As [`NameCipher::seal_path`].
    pub fn seal_typed_directory(&self, typed: &[u8]) -> Result<Vec<u8>, NameError> {
        segments(typed, |segment, _| self.encrypt_directory(segment))
    }

    /// The encrypted segments of a local path, in the standard spelling.
    pub(super) fn sealed_segments(&self, raw: &[u8]) -> Result<Vec<Vec<u8>>, NameError> {
        let sealed = self.seal_path(raw)?;
        Ok(sealed.split(|byte| *byte == b'/').map(|segment| SPELLER.standard_name(segment)).collect())
    }
}

/// Each segment through `change`, which is told whether it is the last.
fn segments(
    path: &[u8],
    change: impl Fn(&[u8], bool) -> Result<Vec<u8>, NameError>,
) -> Result<Vec<u8>, NameError> {
    let count = path.split(|byte| *byte == b'/').count();
    let all = path.split(|byte| *byte == b'/').enumerate();
    let changed: Result<Vec<_>, _> = all.map(|(at, segment)| change(segment, at + 1 == count)).collect();
    Ok(changed?.join(&b'/'))
}

/// The raw name whose standard spelling this is. Of any length: what is too long is for the store to say.
fn below(standard: &[u8]) -> Result<Vec<u8>, NameError> {
    let raw = encode(Mask::LOCAL, &decode(Mask::STANDARD, standard));
    match SPELLER.standard_name(&raw) == standard {
        true => Ok(raw),
        false => Err(NameError::NotReversible { name: shown(standard) }),
    }
}

/// The standard spelling of a raw name below, if that stands for this name alone.
fn spelled(below_name: &[u8]) -> Result<Vec<u8>, NameError> {
    let standard = SPELLER.standard_name(below_name);
    match below(&standard)? == below_name {
        true => Ok(standard),
        false => Err(NameError::NotCanonical { name: shown(below_name) }),
    }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
