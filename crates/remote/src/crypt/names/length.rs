//! How long names may be. Most file systems take 255 bytes, and encryption makes names longer.

use super::cipher::NameCipher;
use super::eme::BLOCK;
use super::error::{NameError, shown};
use super::scheme::{NameEncryption, NameScheme};

impl NameCipher {
    /// Checks that each encrypted segment of a local path has at most so many bytes.
    ///
    /// # Errors
    /// [`NameError::TooLongForStore`], or what [`NameCipher::seal_path`] says.
    pub fn check_length(&self, raw: &[u8], limit: usize) -> Result<(), NameError> {
        let names = raw.split(|byte| *byte == b'/');
        for (name, sealed) in names.zip(self.sealed_segments(raw)?) {
            let length = sealed.len();
            if length > limit {
                return Err(NameError::TooLongForStore { name: shown(name), length, limit });
            }
        }
        Ok(())
    }
}

impl NameScheme {
    /// The longest file name, in bytes of rclone's spelling, that always fits into so many bytes when encrypted.
    ///
    /// For 255 bytes: 143 with base32, 175 with base64, 143 with base32768 (whose characters have up to three bytes; a
    /// store that counts characters takes 463), 125 with `obfuscate` (251 without `!`, which is doubled), 251 with the
    /// suffix `.bin`.
    #[must_use]
    pub fn longest_name(&self, limit: usize) -> usize {
        match self.encryption {
            NameEncryption::Standard => {
                let blocks = (1..=limit.div_ceil(BLOCK)).rev();
                let fitting =
                    blocks.map(|count| count * BLOCK).find(|size| self.encoding.longest_text(*size) <= limit);
                fitting.map_or(0, |size| size - 1)
            }
            // Up to three digits and a dot.
            NameEncryption::Obfuscate => limit.saturating_sub(4) / 2,
            NameEncryption::Off => limit.saturating_sub(self.suffix.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::key::Keys;
    use super::super::super::password::Password;
    use super::super::encoding::NameEncoding;
    use super::*;

    fn longest(encryption: NameEncryption, encoding: NameEncoding) -> (NameCipher, usize) {
        let scheme = NameScheme { encryption, encoding, ..NameScheme::default() };
        let keys = Keys::derive(&Password::default(), &Password::default());
        (NameCipher::new(&keys, &scheme), scheme.longest_name(255))
    }

    #[test]
    fn the_longest_names_are_those_that_rclone_states() {
        for (encoding, expected) in [(NameEncoding::Base32, 143), (NameEncoding::Base64, 175)] {
            let (cipher, length) = longest(NameEncryption::Standard, encoding);
            assert_eq!(length, expected);
            assert_eq!(cipher.check_length(&vec![b'n'; length], 255), Ok(()));
            let refused = cipher.check_length(&[b"d/", vec![b'n'; length + 1].as_slice()].concat(), 255);
            assert!(matches!(refused, Err(NameError::TooLongForStore { limit: 255, .. })), "{refused:?}");
        }
        assert_eq!(longest(NameEncryption::Standard, NameEncoding::Base32768).1, 143);
    }

    #[test]
    fn a_suffix_and_a_distance_cost_little() {
        for (encryption, worst) in [(NameEncryption::Off, b'n'), (NameEncryption::Obfuscate, b'!')] {
            let (cipher, length) = longest(encryption, NameEncoding::Base32);
            assert_eq!(cipher.check_length(&vec![worst; length], 255), Ok(()));
        }
        let (cipher, length) = longest(NameEncryption::Off, NameEncoding::Base32);
        assert_eq!(length, 251);
        assert!(cipher.check_length(&[b'n'; 252], 255).is_err());
    }
}
