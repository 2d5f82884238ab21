//! NaCl's secretbox (XSalsa20-Poly1305), sealed and opened where a message lies.
//!
//! The tag comes first, then the data. <https://nacl.cr.yp.to/secretbox.html>

use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit;

use crate::keystream::Keystream;

/// Bytes of a tag.
pub const TAG: usize = 16;
/// Bytes of a nonce.
pub const NONCE: usize = 24;

/// Encrypts the data and fills in the tag.
pub fn seal(key: &[u8; 32], nonce: &[u8; NONCE], tag: &mut [u8; TAG], data: &mut [u8]) {
    let mut stream = Keystream::new(key, nonce);
    let authenticator = Poly1305::new((&*stream.authenticator_key()).into());
    stream.apply_after_key(data);
    *tag = authenticator.compute_unpadded(data).into();
}

/// Decrypts the data if the tag fits it; else it stays as it is.
#[must_use]
pub fn open(key: &[u8; 32], nonce: &[u8; NONCE], tag: &[u8; TAG], data: &mut [u8]) -> bool {
    let mut stream = Keystream::new(key, nonce);
    let authenticator = Poly1305::new((&*stream.authenticator_key()).into());
    if !same(tag, &authenticator.compute_unpadded(data).into()) {
        return false;
    }
    stream.apply_after_key(data);
    true
}

/// Looks at every byte, so that the time taken does not tell where two tags differ.
fn same(one: &[u8; TAG], other: &[u8; TAG]) -> bool {
    one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sealed_block_opens_with_its_key_and_nonce_alone(
            key: [u8; 32], nonce: [u8; NONCE], plain in proptest::collection::vec(any::<u8>(), 0..2000), bit in 0..256usize,
        ) {
            let (mut tag, mut data) = ([0; TAG], plain.clone());
            seal(&key, &nonce, &mut tag, &mut data);
            let mut other_key = key;
            other_key[bit / 8] ^= 1 << (bit % 8);
            let mut other_nonce = nonce;
            other_nonce[bit % NONCE] ^= 1;
            let sealed = data.clone();
            prop_assert!(!open(&other_key, &nonce, &tag, &mut data));
            prop_assert!(!open(&key, &other_nonce, &tag, &mut data));
            prop_assert_eq!(&data, &sealed);
            prop_assert!(open(&key, &nonce, &tag, &mut data));
            prop_assert_eq!(data, plain);
        }

        #[test]
        fn every_flipped_bit_is_found(plain in proptest::collection::vec(any::<u8>(), 1..1500), at: prop::sample::Index) {
            let (key, nonce) = ([1; 32], [2; NONCE]);
            let (mut tag, mut data) = ([0; TAG], plain);
            seal(&key, &nonce, &mut tag, &mut data);
            let bit = at.index((TAG + data.len()) * 8);
            let (byte, mask) = (bit / 8, 1 << (bit % 8));
            if byte < TAG { tag[byte] ^= mask } else { data[byte - TAG] ^= mask }
            prop_assert!(!open(&key, &nonce, &tag, &mut data));
        }
    }
}
