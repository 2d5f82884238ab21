//! The key stream of XSalsa20: eight blocks at a time where the processor has AVX2, else by the `salsa20` crate.
//!
//! The crate computes one block after another, 0.4 GiB/s, and would be what a transfer waits for; nobody keeps a faster
//! one in Rust. The fast path differs in speed alone: the tests hold it against the crate.

#[cfg(target_arch = "x86_64")]
mod avx2;

use salsa20::cipher::consts::U10;
use salsa20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use salsa20::{Salsa20, hsalsa};
use zeroize::Zeroizing;

use crate::secretbox::NONCE;

/// Bytes of a block of Salsa20.
const BLOCK: usize = 64;

/// The stream for one key and one nonce.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "key and nonce are for the fast path"))]
pub(super) struct Keystream {
    key: Zeroizing<[u8; 32]>,
    nonce: [u8; 8],
    cipher: Salsa20,
}

impl Keystream {
    /// As in Bernstein's "Extending the Salsa20 nonce": the nonce's first 16 bytes and the key give the key of a
    /// Salsa20 whose nonce is the rest.
    pub(super) fn new(key: &[u8; 32], nonce: &[u8; NONCE]) -> Self {
        let [first @ .., _, _, _, _, _, _, _, _] = *nonce;
        let [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, rest @ ..] = *nonce;
        let mut array = hsalsa::<U10>(key.into(), &first.into());
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(array.into());
        zeroize::Zeroize::zeroize(array.as_mut_slice());
        let cipher = Salsa20::new((&*key).into(), &rest.into());
        Self { key, nonce: rest, cipher }
    }

    /// Combines the data with the stream from its byte 32 on, for messages of NaCl's secretbox. The 32 bytes before
    /// are the key of the message's authenticator.
    pub(super) fn apply_after_key(&mut self, data: &mut [u8]) {
        let (head, rest) = data.split_at_mut(data.len().min(BLOCK / 2));
        self.slow(32, head);
        let done = self.fast(1, rest);
        let (_, tail) = rest.split_at_mut(done);
        self.slow((BLOCK + done) as u64, tail);
    }

    /// The key of the message's authenticator.
    pub(super) fn authenticator_key(&mut self) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        self.slow(0, key.as_mut_slice());
        key
    }

    fn slow(&mut self, position: u64, data: &mut [u8]) {
        self.cipher.seek(position);
        self.cipher.apply_keystream(data);
    }

    /// From one of the stream's blocks on: how many bytes are done, a whole number of blocks.
    #[cfg(target_arch = "x86_64")]
    fn fast(&self, block: u64, data: &mut [u8]) -> usize {
        if !std::arch::is_x86_feature_detected!("avx2") {
            return 0;
        }
        #[allow(
            unsafe_code,
            reason = "the one call that needs the processor to have AVX2, which was just asked"
        )]
        unsafe {
            avx2::apply(&self.key, &self.nonce, block, data)
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn fast(&self, _block: u64, _data: &mut [u8]) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use salsa20::XSalsa20;

    proptest! {
        #[test]
        fn every_length_is_as_the_crate_has_it(key: [u8; 32], nonce: [u8; NONCE], length in 0..3000usize) {
            let mut expected = vec![0; 32 + length];
            XSalsa20::new(&key.into(), &nonce.into()).apply_keystream(&mut expected);
            let mut stream = Keystream::new(&key, &nonce);
            let mut found = vec![0; length];
            stream.apply_after_key(&mut found);
            let authenticator = stream.authenticator_key();
            prop_assert_eq!(authenticator.as_slice(), &expected[..32]);
            prop_assert_eq!(found.as_slice(), &expected[32..]);
        }

        #[test]
        fn the_count_of_blocks_goes_on_beyond_32_bits(key: [u8; 32], before in 0..20u64) {
            let mut stream = Keystream::new(&key, &[0; NONCE]);
            let block = (1 << 32) - before;
            let (mut fast, mut slow) = (vec![0; 1024], vec![0; 1024]);
            let done = stream.fast(block, &mut fast);
            stream.slow(block * BLOCK as u64, &mut slow);
            prop_assert_eq!(&fast[..done], &slow[..done]);
        }
    }
}
