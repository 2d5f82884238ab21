//! What a crypt section says about names.

use super::encoding::NameEncoding;

/// `filename_encryption`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameEncryption {
    /// Encrypted with EME-AES-256.
    #[default]
    Standard,
    /// Letters moved about: hides names from a glance, keeps them short.
    Obfuscate,
    /// As they are, with a suffix.
    Off,
}

impl NameEncryption {
    /// Reads rclone's value, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "standard" => Some(Self::Standard),
            "obfuscate" => Some(Self::Obfuscate),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// How names are encrypted. The default is rclone's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameScheme {
    /// `filename_encryption`
    pub encryption: NameEncryption,
    /// `directory_name_encryption`: directories too. Of no effect when the encryption is off.
    pub directories: bool,
    /// `filename_encoding`: of no effect except with the standard encryption.
    pub encoding: NameEncoding,
    /// What files end with when the encryption is off; may be empty.
    pub suffix: String,
}

impl Default for NameScheme {
    fn default() -> Self {
        Self {
            encryption: NameEncryption::default(),
            directories: true,
            encoding: NameEncoding::default(),
            suffix: ".bin".to_owned(),
        }
    }
}
