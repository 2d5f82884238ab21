//! Sealing and opening together: every range, every damage.

use std::convert::Infallible;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::key::Keys;
use super::super::password::Password;
use super::layout::{DATA, SEALED};
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

/// Opens these pieces, each at its offset.
fn opened(pieces: &[(usize, &[u8])], size: u64) -> Result<Vec<u8>, ContentError> {
    let unsealer = Unsealer::new(keys(), size)?;
    let mut plain = vec![0xaa; plain_size(size)?.min(1 << 20) as usize];
    let mut written = 0;
    for (offset, piece) in pieces {
        assert!(unsealer.is_ready(*offset as u64), "{offset}");
        unsealer.take(*offset as u64, &mut piece.to_vec(), |offset, data| -> Result<(), ContentError> {
            plain[offset as usize..][..data.len()].copy_from_slice(data);
            written += data.len();
            Ok(())
        })?;
    }
    unsealer.finish()?;
    assert_eq!(written, plain.len());
    Ok(plain)
}

/// In chunks of one size, from the beginning to the end.
fn unsealed(bytes: &[u8], size: u64, piece: usize) -> Result<Vec<u8>, ContentError> {
    let chunks: Vec<_> = bytes.chunks(piece).enumerate().map(|(at, chunk)| (at * piece, chunk)).collect();
    opened(&chunks, size)
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
    fn what_was_sealed_opens_in_chunks_of_any_size(length in length(), piece in 1..200_000usize) {
        let plain = plain(length);
        let bytes = whole(&plain);
        prop_assert_eq!(unsealed(&bytes, bytes.len() as u64, piece.max(16)), Ok(plain));
    }

    #[test]
    fn behind_the_header_pieces_come_in_any_order(
        length in length(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8), seed: u64,
    ) {
        let plain = plain(length);
        let bytes = whole(&plain);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| HEADER_SIZE + cut.index(bytes.len() - HEADER_SIZE + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        let mut pieces: Vec<_> = cuts.windows(2).map(|cut| (cut[0], &bytes[cut[0]..cut[1]])).collect();
        let mut seed = seed;
        pieces[1.min(cuts.len() - 2)..].sort_by_cached_key(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed >> 32
        });
        prop_assert_eq!(opened(&pieces, bytes.len() as u64), Ok(plain));
    }

    #[test]
    fn it_goes_on_behind_any_block_and_nowhere_else(
        length in 1..(3 * DATA), at: prop::sample::Index, piece in 16..200_000usize,
    ) {
        let plain = plain(length);
        let bytes = whole(&plain);
        let there = at.index(length.div_ceil(DATA)) * DATA;
        let unsealer = Unsealer::new(keys(), bytes.len() as u64).unwrap();
        for bad in [there + 1, length.next_multiple_of(DATA)] {
            prop_assert_eq!(unsealer.behind(bad as u64), None);
        }
        let mut rest = vec![0; length - there];
        let needed = unsealer.behind(there as u64).unwrap();
        for stretch in &needed {
            let stretch = stretch.start as usize..stretch.end as usize;
            for (index, chunk) in bytes[stretch.clone()].chunks(piece).enumerate() {
                let offset = (stretch.start + index * piece) as u64;
                unsealer
                    .take(offset, &mut chunk.to_vec(), |offset, data| -> Result<(), ContentError> {
                        rest[offset as usize - there..][..data.len()].copy_from_slice(data);
                        Ok(())
                    })
                    .unwrap();
            }
        }
        prop_assert_eq!(unsealer.finish(), Ok(()));
        prop_assert_eq!(&rest, &plain[there..]);
        let asked: u64 = needed.iter().map(|stretch| stretch.end - stretch.start).sum();
        prop_assert_eq!(asked, sealed_size(rest.len() as u64));
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
        prop_assert_eq!(unsealed(&bytes, bytes.len() as u64, 70_000), Err(expected));
    }

    #[test]
    fn a_missing_end_is_found(length in length(), at: prop::sample::Index) {
        let bytes = whole(&plain(length));
        let cut = at.index(bytes.len());
        // No more than the header, or whole blocks: what is there of another block counts for nothing.
        let whole = if cut < HEADER_SIZE { cut } else { cut - (cut - HEADER_SIZE) % SEALED };
        let expected = ContentError::Truncated { size: whole as u64, expected: bytes.len() as u64 };
        prop_assert_eq!(unsealed(&bytes[..cut], bytes.len() as u64, 70_000), Err(expected));
    }

    #[test]
    fn more_bytes_than_there_should_be_are_found(length in length(), more in 1..100_000usize) {
        let mut bytes = whole(&plain(length));
        let expected = bytes.len() as u64;
        bytes.resize(bytes.len() + more, 0);
        prop_assert_eq!(unsealed(&bytes, expected, 70_000), Err(ContentError::TooLong { expected }));
    }

    #[test]
    fn any_bytes_have_an_answer(
        bytes in prop::collection::vec(any::<u8>(), 0..300), magic: bool, size: u64, at: u64, piece in 1..100usize,
    ) {
        let bytes = if magic { [MAGIC.as_slice(), &bytes].concat() } else { bytes };
        let _ = unsealed(&bytes, size, piece);
        let _ = unsealed(&bytes, bytes.len() as u64, piece);
        if let Ok(unsealer) = Unsealer::new(keys(), size) {
            for offset in [0, at, at] {
                let _ = unsealer.take(offset, &mut bytes.clone(), |_, _| -> Result<(), ContentError> { Ok(()) });
            }
            let _ = unsealer.finish();
        }
    }

    #[test]
    fn bytes_that_come_twice_are_never_taken_for_others(length in 40..(2 * DATA), at: prop::sample::Index) {
        let bytes = whole(&plain(length));
        let (header, rest) = bytes.split_at(HEADER_SIZE);
        let half = at.index(rest.len() / 2).max(1);
        let twice = [(0, header), (HEADER_SIZE, &rest[..half]), (HEADER_SIZE, &rest[..half])];
        prop_assert!(opened(&twice, bytes.len() as u64).is_err());
    }
}

#[test]
fn swapped_repeated_and_foreign_blocks_are_found() {
    let bytes = whole(&plain(3 * DATA));
    let (header, blocks) = bytes.split_at(HEADER_SIZE);
    let [one, two, three] = [&blocks[..SEALED], &blocks[SEALED..2 * SEALED], &blocks[2 * SEALED..]];
    let expect = |blocks: &[&[u8]], index| {
        let bytes = [&[header], blocks].concat().concat();
        let found = unsealed(&bytes, bytes.len() as u64, 70_000);
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
