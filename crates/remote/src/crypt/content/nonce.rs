//! The number that makes each block's key stream its own.

use podfs_crypto::secretbox::NONCE as SIZE;

/// A file's nonce. One must never seal two different contents: who compares the two would see what differs. So each
/// upload takes a fresh one; only the parts and the repeats of one upload, which read the same bytes, share it, also when it
/// goes on in another process, which proves by the sum of all of it that the bytes are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; SIZE]);

impl Nonce {
    /// A fresh one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SIZE];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// As it lies in a file.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SIZE]) -> Self {
        Self(bytes)
    }

    /// As it lies in a file.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SIZE] {
        &self.0
    }

    /// The file's nonce plus the block's number, little endian, starting again from zero behind the highest.
    pub(super) fn of_block(&self, index: u64) -> [u8; SIZE] {
        let [low @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = self.0;
        let [_, _, _, _, _, _, _, _, high @ ..] = self.0;
        let (low, carry) = u64::from_le_bytes(low).overflowing_add(index);
        let high = u128::from_le_bytes(high).wrapping_add(u128::from(carry));
        let mut sum = [0; SIZE];
        let digits = low.to_le_bytes().into_iter().chain(high.to_le_bytes());
        sum.iter_mut().zip(digits).for_each(|(byte, digit)| *byte = digit);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_nonces_differ() {
        assert_ne!(Nonce::random().unwrap(), Nonce::random().unwrap());
    }

    #[test]
    fn the_count_carries_over_all_bytes() {
        assert_eq!(Nonce([0xff; SIZE]).of_block(1), [0; SIZE]);
        assert_eq!(Nonce([0xff; SIZE]).of_block(0), [0xff; SIZE]);
    }

    proptest! {
        #[test]
        fn counting_is_adding_one_digit_by_digit(start: [u8; SIZE], steps in 0..600u64) {
            let mut counted = start;
            for _ in 0..steps {
                for digit in &mut counted {
                    *digit = digit.wrapping_add(1);
                    if *digit != 0 { break }
                }
            }
            prop_assert_eq!(Nonce(start).of_block(steps), counted);
        }
    }
}
