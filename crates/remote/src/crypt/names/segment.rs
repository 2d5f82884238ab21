//! The standard encryption of one name: padded to whole blocks, encrypted as one, and written as text.

use super::super::key::Keys;
use super::eme::{BLOCK, Eme, LONGEST};
use super::encoding::NameEncoding;
use super::error::{NameError, shown};

/// The longest name that the cipher takes, in bytes: padding adds at least one.
pub(super) const LONGEST_NAME: usize = LONGEST - 1;

#[derive(Debug)]
pub(super) struct Segments {
    eme: Eme,
    encoding: NameEncoding,
}

impl Segments {
    pub(super) fn new(keys: &Keys, encoding: NameEncoding) -> Self {
        Self { eme: Eme::new(keys.name(), keys.tweak()), encoding }
    }

    pub(super) fn encrypt(&self, name: &[u8]) -> Result<Vec<u8>, NameError> {
        if name.len() > LONGEST_NAME {
            let (name, length) = (shown(name), name.len());
            return Err(NameError::TooLong { name, length, limit: LONGEST_NAME });
        }
        let mut data = padded(name);
        self.eme.encrypt(&mut data);
        Ok(self.encoding.encode(&data).into_bytes())
    }

    pub(super) fn decrypt(&self, text: &[u8]) -> Result<Vec<u8>, NameError> {
        let foreign = |reason| NameError::foreign(text, reason);
        let decoded = str::from_utf8(text).ok().and_then(|text| self.encoding.decode(text));
        let mut data = decoded.ok_or_else(|| foreign("it is not in this filename_encoding"))?;
        if data.is_empty() || !data.len().is_multiple_of(BLOCK) || data.len() > LONGEST {
            return Err(foreign("it has not the length of an encrypted name"));
        }
        self.eme.decrypt(&mut data);
        let length = unpadded(&data)
            .ok_or_else(|| foreign("it was encrypted with another password, or not at all"))?;
        data.truncate(length);
        Ok(data)
    }
}

/// PKCS #7 (RFC 5652, 6.3): filled up with as many bytes as are missing, each of them that number; never none.
fn padded(name: &[u8]) -> Vec<u8> {
    let missing = BLOCK - name.len() % BLOCK;
    let mut data = name.to_vec();
    // At most 16.
    data.extend(std::iter::repeat_n(missing.to_le_bytes()[0], missing));
    data
}

/// The length without padding.
fn unpadded(data: &[u8]) -> Option<usize> {
    let last = *data.last()?;
    let length = data.len().checked_sub(usize::from(last))?;
    let valid =
        (1..=BLOCK).contains(&usize::from(last)) && data.iter().skip(length).all(|byte| *byte == last);
    valid.then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn padding_that_is_not_so_is_refused() {
        for data in [vec![], vec![0; 16], vec![17; 32], [vec![1; 14], vec![3, 2]].concat()] {
            assert_eq!(unpadded(&data), None, "{data:?}");
        }
    }

    proptest! {
        #[test]
        fn padding_comes_off_again(name: Vec<u8>) {
            let data = padded(&name);
            prop_assert!(data.len().is_multiple_of(BLOCK) && data.len() > name.len());
            prop_assert_eq!(unpadded(&data), Some(name.len()));
        }
    }
}
