//! Encrypted bytes as text that can be a file name.

use data_encoding::{BASE32HEX_NOPAD, BASE64URL_NOPAD};

use super::base32768;

/// `filename_encoding`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameEncoding {
    /// RFC 4648's base32hex, in lower case, without padding.
    #[default]
    Base32,
    /// RFC 4648's base64url, without padding.
    Base64,
    /// 15 bits in each character, for stores that count characters.
    Base32768,
}

impl NameEncoding {
    /// Reads rclone's value, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "base32" => Some(Self::Base32),
            "base64" => Some(Self::Base64),
            "base32768" => Some(Self::Base32768),
            _ => None,
        }
    }

    pub(super) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Base32 => BASE32HEX_NOPAD.encode(bytes).to_ascii_lowercase(),
            Self::Base64 => BASE64URL_NOPAD.encode(bytes),
            Self::Base32768 => base32768::encode(bytes),
        }
    }

    /// `None` for what `encode` does not give. rclone reads more (capitals, line feeds, loose last bits), but then looks
    /// for the file under the name that it would give itself.
    pub(super) fn decode(self, text: &str) -> Option<Vec<u8>> {
        let bytes = match self {
            Self::Base32 => BASE32HEX_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok(),
            Self::Base64 => BASE64URL_NOPAD.decode(text.as_bytes()).ok(),
            Self::Base32768 => base32768::decode(text),
        };
        bytes.filter(|bytes| self.encode(bytes) == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [NameEncoding; 3] = [NameEncoding::Base32, NameEncoding::Base64, NameEncoding::Base32768];

    proptest! {
        #[test]
        fn bytes_go_there_and_back(bytes: Vec<u8>) {
            for encoding in ALL {
                let text = encoding.encode(&bytes);
                let decoded = encoding.decode(&text);
                prop_assert_eq!(decoded.as_ref(), Some(&bytes), "{:?}", encoding);
            }
        }

        #[test]
        fn two_texts_never_stand_for_the_same_bytes(text in "[0-9a-vA-V=\n_-]{0,12}|[ƀ-ʟ一-丟]{0,6}|\\PC*") {
            for encoding in ALL {
                if let Some(bytes) = encoding.decode(&text) {
                    prop_assert_eq!(encoding.encode(&bytes), text.as_str());
                }
            }
        }
    }
}
