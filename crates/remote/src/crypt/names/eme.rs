//! EME with AES-256: one wide block, from 1 to 128 blocks of AES, in which each bit depends on each other.
//!
//! S. Halevi and P. Rogaway, "A Parallelizable Enciphering Mode", 2003 (<https://eprint.iacr.org/2003/147>), with the
//! doubling in little endian that the IEEE P1619 drafts and rfjakob's `eme`, which rclone uses, have.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use zeroize::Zeroize;

/// Bytes of a block of AES.
pub(super) const BLOCK: usize = 16;
/// Bytes of the longest wide block that is safe.
pub(super) const LONGEST: usize = 128 * BLOCK;

/// AES with EME around it, for one key and one tweak. Wiped when dropped; AES's own key by the `aes` crate.
pub(super) struct Eme {
    aes: Aes256,
    tweak: u128,
    /// The first mask, from which the others are doubled.
    mask: u128,
}

#[derive(Clone, Copy)]
enum Direction {
    Encrypt,
    Decrypt,
}

impl Eme {
    pub(super) fn new(key: &[u8; 32], tweak: &[u8; BLOCK]) -> Self {
        let mut eme = Self { aes: Aes256::new(key.into()), tweak: u128::from_le_bytes(*tweak), mask: 0 };
        eme.mask = doubled(eme.apply(Direction::Encrypt, 0));
        eme
    }

    /// Encrypts in place. `data` has to be whole blocks, from 1 to 128.
    pub(super) fn encrypt(&self, data: &mut [u8]) {
        self.transform(Direction::Encrypt, data);
    }

    /// Decrypts in place. `data` has to be whole blocks, from 1 to 128.
    pub(super) fn decrypt(&self, data: &mut [u8]) {
        self.transform(Direction::Decrypt, data);
    }

    /// The two directions differ in nothing but AES's own.
    fn transform(&self, direction: Direction, data: &mut [u8]) {
        debug_assert!(data.len().is_multiple_of(BLOCK) && (BLOCK..=LONGEST).contains(&data.len()));
        let (blocks, _) = data.as_chunks_mut::<BLOCK>();
        self.masked(direction, blocks);
        let Some((first, others)) = blocks.split_first_mut() else { return };
        let sum =
            |blocks: &[[u8; BLOCK]]| blocks.iter().fold(0, |sum, block| sum ^ u128::from_le_bytes(*block));
        let before = u128::from_le_bytes(*first) ^ sum(others) ^ self.tweak;
        let after = self.apply(direction, before);
        let mut mix = before ^ after;
        for block in others.iter_mut() {
            mix = doubled(mix);
            *block = (u128::from_le_bytes(*block) ^ mix).to_le_bytes();
        }
        *first = (after ^ sum(others) ^ self.tweak).to_le_bytes();
        self.unmasked(direction, blocks);
    }

    /// Each block, masked, through AES.
    fn masked(&self, direction: Direction, blocks: &mut [[u8; BLOCK]]) {
        for (block, mask) in blocks.iter_mut().zip(self.masks()) {
            *block = self.apply(direction, u128::from_le_bytes(*block) ^ mask).to_le_bytes();
        }
    }

    /// Each block through AES, then masked.
    fn unmasked(&self, direction: Direction, blocks: &mut [[u8; BLOCK]]) {
        for (block, mask) in blocks.iter_mut().zip(self.masks()) {
            *block = (self.apply(direction, u128::from_le_bytes(*block)) ^ mask).to_le_bytes();
        }
    }

    fn masks(&self) -> impl Iterator<Item = u128> {
        std::iter::successors(Some(self.mask), |mask| Some(doubled(*mask)))
    }

    fn apply(&self, direction: Direction, block: u128) -> u128 {
        let mut bytes = Array::from(block.to_le_bytes());
        match direction {
            Direction::Encrypt => self.aes.encrypt_block(&mut bytes),
            Direction::Decrypt => self.aes.decrypt_block(&mut bytes),
        }
        u128::from_le_bytes(bytes.into())
    }
}

impl Drop for Eme {
    fn drop(&mut self) {
        self.tweak.zeroize();
        self.mask.zeroize();
    }
}

impl std::fmt::Debug for Eme {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Eme(redacted)")
    }
}

/// Times two in the field of 2¹²⁸ elements with the polynomial x¹²⁸ + x⁷ + x² + x + 1.
const fn doubled(value: u128) -> u128 {
    (value << 1) ^ ((value >> 127) * 0x87)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_encrypted_decrypts(
            key: [u8; 32], tweak: [u8; BLOCK], blocks in proptest::collection::vec(any::<[u8; BLOCK]>(), 1..=128),
        ) {
            let eme = Eme::new(&key, &tweak);
            let mut data = blocks.as_flattened().to_vec();
            eme.encrypt(&mut data);
            prop_assert_ne!(data.as_slice(), blocks.as_flattened());
            eme.decrypt(&mut data);
            prop_assert_eq!(data.as_slice(), blocks.as_flattened());
        }

        #[test]
        fn each_bit_changes_every_block(blocks in 1..20usize, bit: prop::sample::Index) {
            let eme = Eme::new(&[1; 32], &[2; BLOCK]);
            let mut one = vec![0; blocks * BLOCK];
            let mut other = one.clone();
            let bit = bit.index(one.len() * 8);
            other[bit / 8] ^= 1 << (bit % 8);
            eme.encrypt(&mut one);
            eme.encrypt(&mut other);
            for (one, other) in one.chunks(BLOCK).zip(other.chunks(BLOCK)) {
                prop_assert_ne!(one, other);
            }
        }
    }
}
