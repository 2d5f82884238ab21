//! How long names may be. Most file systems take 255 bytes, and encryption makes names longer.

use super::cipher::NameCipher;
use super::error::{NameError, shown};

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

#[cfg(test)]
mod tests {
    use super::super::super::key::Keys;
    use super::super::super::password::Password;
    use super::super::encoding::NameEncoding;
    use super::super::scheme::{NameEncryption, NameScheme};
    use super::*;

    /// Names of `!`, which [`NameEncryption::Obfuscate`] doubles. There, and with base32768, whose characters have two bytes or
    /// three, some longer names fit too.
    #[rstest::rstest]
    #[case(NameEncryption::Standard, NameEncoding::Base32, 143, 144)]
    #[case(NameEncryption::Standard, NameEncoding::Base64, 175, 176)]
    #[case(NameEncryption::Standard, NameEncoding::Base32768, 143, 240)]
    #[case(NameEncryption::Obfuscate, NameEncoding::Base32, 125, 128)]
    #[case(NameEncryption::Off, NameEncoding::Base32, 251, 252)]
    fn the_longest_names_for_255_bytes_are_those_that_rclone_states(
        #[case] encryption: NameEncryption,
        #[case] encoding: NameEncoding,
        #[case] fitting: usize,
        #[case] too_long: usize,
    ) {
        let keys = Keys::derive(&Password::default(), &Password::default());
        let cipher = NameCipher::new(&keys, &NameScheme { encryption, encoding, ..NameScheme::default() });
        assert_eq!(cipher.check_length(&vec![b'!'; fitting], 255), Ok(()));
        let longer = [b"d/", vec![b'!'; too_long].as_slice()].concat();
        let refused = cipher.check_length(&longer, 255);
        assert!(matches!(refused, Err(NameError::TooLongForStore { limit: 255, .. })), "{refused:?}");
    }
}
