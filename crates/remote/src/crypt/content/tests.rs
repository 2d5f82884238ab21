//! Sealing and opening together: every range, every damage.

use std::convert::Infallible;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::block::{DATA, SEALED};
use super::super::key::Keys;
use super::super::password::Password;
use super::*;

/// Keys of zeros: what is tested does not depend on them, and scrypt takes its time.
fn keys() -> Arc<Keys> {
    Arc::new(Keys::derive(&Password::default(), &Password::default()))
}

fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251) as u8).collect()
}

fn sealer(length: usize) -> Sealer {
    Sealer::new(keys(), Nonce::from_bytes([0xfe; NONCE_SIZE]), length as u64)
}

/// A range in pieces of these sizes, over and over.
fn sealed(plain: &[u8], offset: u64, length: u64, pieces: &[usize]) -> Vec<u8> {
    let mut range = sealer(plain.len()).range(offset, length);
    let mut all = Vec::new();
    for piece in pieces.iter().cycle() {
        let mut out = vec![0; *piece];
        let filled = range
            .fill(&mut out, |from, into| -> Result<(), Infallible> {
                into.copy_from_slice(&plain[from as usize..][..into.len()]);
                Ok(())
            })
            .unwrap();
        all.extend_from_slice(&out[..filled]);
        if range.remaining() == 0 {
            return all;
        }
    }
    all
}

fn whole(plain: &[u8]) -> Vec<u8> {
    sealed(plain, 0, u64::MAX, &[usize::MAX >> 40])
}

fn unsealed(bytes: &[u8], size: Option<u64>, piece: usize) -> Result<Vec<u8>, ContentError> {
    let mut plain = Vec::new();
    let mut unsealer = Unsealer::whole(keys(), size)?;
    let mut write = |offset: u64, data: &[u8]| -> Result<(), ContentError> {
        assert_eq!(offset, plain.len() as u64);
        plain.extend_from_slice(data);
        Ok(())
    };
    for chunk in bytes.chunks(piece) {
        unsealer.push(chunk, &mut write)?;
    }
    let end = unsealer.finish(&mut write)?;
    assert_eq!(end, plain.len() as u64);
    Ok(plain)
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![0..3usize, (DATA - 2)..(DATA + 3), 0..(3 * DATA)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_range_in_any_pieces_is_that_part_of_the_whole(
        length in length(), from: prop::sample::Index, to: prop::sample::Index,
        pieces in prop::collection::vec(prop_oneof![1..100usize, 1000..(3 * SEALED)], 1..4),
    ) {
        let plain = plain(length);
        let whole = whole(&plain);
        prop_assert_eq!(whole.len() as u64, sealed_size(length as u64));
        let (from, to) = (from.index(whole.len() + 1), to.index(whole.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        let found = sealed(&plain, from as u64, (to - from) as u64, &pieces);
        prop_assert_eq!(found.as_slice(), &whole[from..to]);
    }

    #[test]
    fn what_was_sealed_opens_in_chunks_of_any_size(length in length(), piece in 1..200_000usize, known: bool) {
        let plain = plain(length);
        let bytes = whole(&plain);
        prop_assert_eq!(unsealed(&bytes, known.then_some(bytes.len() as u64), piece.max(16)), Ok(plain));
    }

    #[test]
    fn a_flipped_bit_is_found_and_nothing_from_its_block_on_is_given_out(length in length(), at: prop::sample::Index) {
        let plain = plain(length);
        let mut bytes = whole(&plain);
        let bit = at.index(bytes.len() * 8);
        // A nonce of an empty file guards nothing.
        prop_assume!(length > 0 || bit / 8 < MAGIC.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
        let expected = match bit / 8 {
            0..8 => ContentError::BadMagic,
            8..32 => ContentError::BadBlock { index: 0 },
            byte => ContentError::BadBlock { index: ((byte - 32) / SEALED) as u64 },
        };
        prop_assert_eq!(unsealed(&bytes, Some(bytes.len() as u64), 70_000), Err(expected));
    }

    #[test]
    fn a_missing_end_is_found(length in length(), at: prop::sample::Index) {
        let bytes = whole(&plain(length));
        let cut = at.index(bytes.len());
        let expected = ContentError::Truncated { size: cut as u64, expected: bytes.len() as u64 };
        prop_assert_eq!(unsealed(&bytes[..cut], Some(bytes.len() as u64), 70_000), Err(expected));
        // Without the size, a cut between blocks alone goes unnoticed.
        let between = cut >= 32 && (cut - 32) % SEALED == 0;
        prop_assert_eq!(unsealed(&bytes[..cut], None, 70_000).is_ok(), between);
    }

    #[test]
    fn more_bytes_than_there_should_be_are_found(length in length(), more in 1..100_000usize) {
        let mut bytes = whole(&plain(length));
        let expected = bytes.len() as u64;
        bytes.resize(bytes.len() + more, 0);
        prop_assert_eq!(unsealed(&bytes, Some(expected), 70_000), Err(ContentError::TooLong { expected }));
    }

    #[test]
    fn any_bytes_have_an_answer(
        bytes in prop::collection::vec(any::<u8>(), 0..300), magic: bool, size: Option<u64>, piece in 1..100usize,
        first: u64, end: u64,
    ) {
        let bytes = if magic { [MAGIC.as_slice(), &bytes].concat() } else { bytes };
        let _ = unsealed(&bytes, size, piece);
        let _ = unsealed(&bytes, Some(bytes.len() as u64), piece);
        let opener = Opener::new(keys(), &whole(&[]).try_into().unwrap()).unwrap();
        let mut unsealer = Unsealer::blocks(opener, first, end);
        let _ = unsealer.push(&bytes, |_, _| -> Result<(), ContentError> { Ok(()) });
        let _ = unsealer.finish(|_, _| -> Result<(), ContentError> { Ok(()) });
    }

    #[test]
    fn blocks_open_in_any_order(length in 1..(3 * DATA), first in 0..3u64) {
        let plain = plain(length);
        let bytes = whole(&plain);
        let start = Unsealer::start_of(first);
        prop_assume!(start < bytes.len() as u64);
        let opener = Opener::new(keys(), bytes.first_chunk().unwrap()).unwrap();
        let mut found = Vec::new();
        let mut write = |offset: u64, data: &[u8]| -> Result<(), ContentError> {
            assert_eq!(offset as usize, first as usize * DATA + found.len());
            found.extend_from_slice(data);
            Ok(())
        };
        let mut unsealer = Unsealer::blocks(opener, first, bytes.len() as u64);
        unsealer.push(&bytes[start as usize..], &mut write).unwrap();
        prop_assert_eq!(unsealer.finish(&mut write).unwrap(), length as u64);
        prop_assert_eq!(found.as_slice(), &plain[first as usize * DATA..]);
    }
}

#[test]
fn swapped_repeated_and_foreign_blocks_are_found() {
    let bytes = whole(&plain(3 * DATA));
    let (header, blocks) = bytes.split_at(HEADER_SIZE);
    let [one, two, three] = [&blocks[..SEALED], &blocks[SEALED..2 * SEALED], &blocks[2 * SEALED..]];
    let expect = |blocks: &[&[u8]], index| {
        let bytes = [&[header], blocks].concat().concat();
        let found = unsealed(&bytes, Some(bytes.len() as u64), 70_000);
        assert_eq!(found, Err(ContentError::BadBlock { index }));
    };
    expect(&[two, one, three], 0);
    expect(&[one, three, two], 1);
    expect(&[one, one, three], 1);
    let other = Sealer::new(keys(), Nonce::from_bytes([7; NONCE_SIZE]), DATA as u64);
    let mut foreign = vec![0; HEADER_SIZE + SEALED];
    let fill = |_: u64, into: &mut [u8]| -> Result<(), Infallible> {
        into.fill(1);
        Ok(())
    };
    other.range(0, u64::MAX).fill(&mut foreign, fill).unwrap();
    expect(&[one, &foreign[HEADER_SIZE..], three], 1);
}

#[test]
fn a_failed_read_leaves_no_plain_data_and_can_be_repeated() {
    let plain = plain(2 * DATA);
    let mut range = sealer(plain.len()).range(0, u64::MAX);
    let mut out = vec![0; 40 + 2 * SEALED];
    let failed = range.fill(&mut out, |from, into| {
        into.copy_from_slice(&plain[from as usize..][..into.len()]);
        if from == 0 { Ok(()) } else { Err("gone") }
    });
    assert_eq!(failed, Err("gone"));
    assert!(!out.windows(64).any(|window| window == &plain[DATA..DATA + 64]));
    assert_eq!(sealed(&plain, 0, u64::MAX, &[out.len()]), whole(&plain));
    assert_eq!(range.remaining(), sealed_size(plain.len() as u64));
}
