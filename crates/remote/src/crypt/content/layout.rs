//! Which byte lies where, in plain and in sealed files.

use podfs_crypto::secretbox::TAG;

use super::error::ContentError;
use super::{MAGIC, NONCE_SIZE};

/// Bytes of plain data in each block but the last.
pub(in crate::crypt) const DATA: usize = 64 * 1024;
/// Bytes of a whole sealed block.
pub(in crate::crypt) const SEALED: usize = TAG + DATA;

/// Bytes before the first block.
pub const HEADER_SIZE: usize = MAGIC.len() + NONCE_SIZE;

pub(super) const HEADER: u64 = HEADER_SIZE as u64;
const TAG_SIZE: u64 = TAG as u64;
const DATA_SIZE: u64 = DATA as u64;
const SEALED_SIZE: u64 = SEALED as u64;

/// Bytes of a sealed file that holds so many plain ones.
#[must_use]
pub const fn sealed_size(plain: u64) -> u64 {
    let tags = plain.div_ceil(DATA_SIZE) * TAG_SIZE;
    plain.saturating_add(tags).saturating_add(HEADER)
}

/// Bytes of plain data in a sealed file of so many bytes.
///
/// # Errors
/// [`ContentError::NoHeader`] and [`ContentError::TornBlock`]: no sealed file has this size.
pub const fn plain_size(sealed: u64) -> Result<u64, ContentError> {
    let Some(blocks) = sealed.checked_sub(HEADER) else {
        return Err(ContentError::NoHeader { size: sealed });
    };
    let (whole, rest) = (blocks / SEALED_SIZE, blocks % SEALED_SIZE);
    match rest {
        0 => Ok(whole * DATA_SIZE),
        1..=TAG_SIZE => Err(ContentError::TornBlock { size: sealed }),
        _ => Ok(whole * DATA_SIZE + rest - TAG_SIZE),
    }
}

/// Where a block begins in the plain file.
pub(super) const fn plain_start(index: u64) -> u64 {
    index.saturating_mul(DATA_SIZE)
}

/// Where a block begins in the sealed file.
pub(super) const fn sealed_start(index: u64) -> u64 {
    index.saturating_mul(SEALED_SIZE).saturating_add(HEADER)
}

/// The block that holds a byte of the sealed file behind the header, and how far into the block it is.
#[allow(clippy::cast_possible_truncation, reason = "the rest is smaller than a block")]
pub(super) const fn block_at(position: u64) -> (u64, usize) {
    let behind = position.saturating_sub(HEADER);
    (behind / SEALED_SIZE, (behind % SEALED_SIZE) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_those_of_rclone() {
        for (plain, sealed) in
            [(0, 32), (1, 49), (65_536, 65_584), (65_537, 65_601), (1 << 30, 1_074_004_000)]
        {
            assert_eq!((sealed_size(plain), plain_size(sealed)), (sealed, Ok(plain)));
        }
    }

    #[test]
    fn sizes_that_no_file_has_are_refused() {
        for size in [0, 8, 31] {
            assert_eq!(plain_size(size), Err(ContentError::NoHeader { size }));
        }
        for size in [33, 48, 65_585, 65_600] {
            assert_eq!(plain_size(size), Err(ContentError::TornBlock { size }));
        }
    }

    proptest! {
        #[test]
        fn sizes_go_there_and_back(plain in 0..u64::MAX / 2) {
            prop_assert_eq!(plain_size(sealed_size(plain)), Ok(plain));
        }

        #[test]
        fn any_size_has_an_answer(size: u64) {
            if let Ok(plain) = plain_size(size) {
                prop_assert_eq!(sealed_size(plain), size);
            }
            prop_assert!(sealed_size(size) >= size);
        }
    }
}
