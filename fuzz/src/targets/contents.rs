//! Encrypted contents: files of ours that somebody damaged, and files that were never ours.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use podfs_remote::crypt::{ContentError, Keys, Nonce, Password, Sealer, Unsealer, plain_size};

use super::number;
use crate::Target;

/// The input says how long a file is, in what pieces it comes, and what is wrong with it.
pub(super) const DAMAGED: Target = Target {
    name: "damaged-content",
    run: damaged,
    samples: || vec![vec![0; 8], vec![1; 24], vec![255; 40]],
};
/// The input is a size, the size of pieces, and the file.
pub(super) const FOREIGN: Target = Target {
    name: "foreign-content",
    run: foreign,
    samples: || vec![b"\x20\0\0\0\x05\0\0\0RCLONE\0\0".to_vec()],
};

/// A block and a bit.
const LONGEST: usize = 65_536 + 300;

/// Keys of zeros: what is tested does not depend on them.
static KEYS: LazyLock<Arc<Keys>> =
    LazyLock::new(|| Arc::new(Keys::derive(&Password::default(), &Password::default())));

static PLAIN: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..LONGEST).map(|at| at.wrapping_mul(31).to_le_bytes()[0]).collect());

fn damaged(mut data: &[u8]) {
    let plain = &PLAIN[..number(&mut data, LONGEST + 1)];
    let piece = number(&mut data, LONGEST) + 1;
    let mut sealed = sealed(plain);
    let size = sealed.len() as u64;
    while !data.is_empty() {
        let at = number(&mut data, sealed.len() + 1);
        match data.split_off_first() {
            Some(0) => sealed.truncate(at),
            Some(1) => sealed.insert(at, 0),
            Some(bits) => sealed.get_mut(at).into_iter().for_each(|byte| *byte ^= bits),
            None => {}
        }
    }
    let mut opened = Vec::new();
    let ended = unseal(&sealed, size, piece, |offset, block| {
        assert_eq!(offset, opened.len() as u64, "blocks come in order when pieces do");
        opened.extend_from_slice(block);
    });
    assert!(plain.starts_with(&opened), "bytes that nobody sealed");
    assert!(ended.is_err() || opened == plain, "it ended well without all of it");
}

fn foreign(mut data: &[u8]) {
    let size = number(&mut data, usize::MAX) as u64;
    let piece = number(&mut data, 4_096) + 1;
    let mut given = 0;
    if unseal(data, size, piece, |_, block| given += block.len() as u64).is_ok() {
        assert_eq!(Ok(given), plain_size(size));
    }
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    let sealer = Sealer::new(Arc::clone(&KEYS), Nonce::from_bytes([0xfe; 24]), plain.len() as u64);
    let mut sealed = vec![0; usize::try_from(sealer.size()).unwrap()];
    let read = |from: u64, into: &mut [u8]| -> Result<(), Infallible> {
        into.copy_from_slice(&plain[usize::try_from(from).unwrap()..][..into.len()]);
        Ok(())
    };
    let Ok(filled) = sealer.range(0, u64::MAX).fill(&mut sealed, read);
    assert_eq!(filled, sealed.len());
    sealed
}

fn unseal(
    bytes: &[u8],
    size: u64,
    piece: usize,
    mut write: impl FnMut(u64, &[u8]),
) -> Result<(), ContentError> {
    let unsealer = Unsealer::new(Arc::clone(&KEYS), size)?;
    for (at, piece_of_it) in bytes.chunks(piece).enumerate() {
        let offset = (at * piece) as u64;
        unsealer.take(offset, &mut piece_of_it.to_vec(), |offset, block| {
            write(offset, block);
            Ok::<(), ContentError>(())
        })?;
    }
    unsealer.finish()
}
