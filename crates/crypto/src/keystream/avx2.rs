//! Salsa20 (D. J. Bernstein, "Salsa20 specification", 2005), eight blocks side by side: a vector holds one word of each.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_extract_epi64, _mm256_or_si256, _mm256_permute2x128_si256,
    _mm256_rol_epi32, _mm256_set1_epi32, _mm256_setr_epi32, _mm256_setr_epi64x, _mm256_slli_epi32,
    _mm256_srli_epi32, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32,
    _mm256_unpacklo_epi64, _mm256_xor_si256,
};

/// Blocks side by side, and their bytes.
const LANES: usize = 8;
const GROUP: usize = 512;

/// "expand 32-byte k", the diagonal of the state.
const SIGMA: [i32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Combines whole groups with the stream from block `counter` on, and says how many bytes that were.
#[target_feature(enable = "avx2")]
pub(super) fn apply(key: &[u8; 32], nonce: &[u8; 8], counter: u64, data: &mut [u8]) -> usize {
    let state = words(key, nonce);
    let (groups, _) = data.as_chunks_mut::<GROUP>();
    for (group, first) in groups.iter_mut().zip((counter..).step_by(LANES)) {
        let [low, high] = eight_blocks(&state, first);
        let (halves, _) = group.as_chunks_mut::<32>();
        let (blocks, _) = halves.as_chunks_mut::<2>();
        for ([first, second], (low, high)) in blocks.iter_mut().zip(low.into_iter().zip(high)) {
            combine(first, low);
            combine(second, high);
        }
    }
    groups.as_flattened().len()
}

/// The state without the counter, each word in all lanes.
#[target_feature(enable = "avx2")]
fn words(key: &[u8; 32], nonce: &[u8; 8]) -> [__m256i; 16] {
    let word = |bytes: &[u8; 4]| i32::from_le_bytes(*bytes);
    let [s0, s1, s2, s3] = SIGMA;
    let mut state = [s0, 0, 0, 0, 0, s1, 0, 0, 0, 0, s2, 0, 0, 0, 0, s3];
    let (key, _) = key.as_chunks::<4>();
    let (nonce, _) = nonce.as_chunks::<4>();
    let places = [1, 2, 3, 4, 11, 12, 13, 14].into_iter().zip(key).chain([6, 7].into_iter().zip(nonce));
    for (place, bytes) in places {
        if let Some(slot) = state.get_mut(place) {
            *slot = word(bytes);
        }
    }
    state.map(|word| _mm256_set1_epi32(word))
}

/// The first and the second half of each of eight blocks.
#[target_feature(enable = "avx2")]
fn eight_blocks(state: &[__m256i; 16], first: u64) -> [[__m256i; 8]; 2] {
    let mut start = *state;
    [start[8], start[9]] = counters(first);
    let mut end = if std::arch::is_x86_feature_detected!("avx512vl") {
        #[allow(
            unsafe_code,
            reason = "the one call that needs the processor to have AVX-512, which was just asked"
        )]
        unsafe {
            rounds_of_avx512(start)
        }
    } else {
        rounds(start)
    };
    for (word, before) in end.iter_mut().zip(start) {
        *word = _mm256_add_epi32(*word, before);
    }
    let [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = end;
    [transposed([x0, x1, x2, x3, x4, x5, x6, x7]), transposed([x8, x9, x10, x11, x12, x13, x14, x15])]
}

/// The low and the high words of eight counters in a row.
#[target_feature(enable = "avx2")]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "the two halves of the counter"
)]
fn counters(first: u64) -> [__m256i; 2] {
    let all: [u64; LANES] = std::array::from_fn(|lane| first.wrapping_add(lane as u64));
    let vector = |[a, b, c, d, e, f, g, h]: [i32; 8]| _mm256_setr_epi32(a, b, c, d, e, f, g, h);
    [vector(all.map(|counter| counter as i32)), vector(all.map(|counter| (counter >> 32) as i32))]
}

/// The twenty rounds, for processors that have what `$features` names and turn words by `$turned`.
macro_rules! rounds {
    ($name:ident, $features:literal, $turned:ident) => {
        #[target_feature(enable = $features)]
        fn $name(mut x: [__m256i; 16]) -> [__m256i; 16] {
            #[inline]
            #[target_feature(enable = $features)]
            fn quarter_round([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
                let b = _mm256_xor_si256(b, $turned::<7, 25>(_mm256_add_epi32(a, d)));
                let c = _mm256_xor_si256(c, $turned::<9, 23>(_mm256_add_epi32(b, a)));
                let d = _mm256_xor_si256(d, $turned::<13, 19>(_mm256_add_epi32(c, b)));
                let a = _mm256_xor_si256(a, $turned::<18, 14>(_mm256_add_epi32(d, c)));
                [a, b, c, d]
            }
            for _ in 0..10 {
                let [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = x;
                let [x0, x4, x8, x12] = quarter_round([x0, x4, x8, x12]);
                let [x5, x9, x13, x1] = quarter_round([x5, x9, x13, x1]);
                let [x10, x14, x2, x6] = quarter_round([x10, x14, x2, x6]);
                let [x15, x3, x7, x11] = quarter_round([x15, x3, x7, x11]);
                let [x0, x1, x2, x3] = quarter_round([x0, x1, x2, x3]);
                let [x5, x6, x7, x4] = quarter_round([x5, x6, x7, x4]);
                let [x10, x11, x8, x9] = quarter_round([x10, x11, x8, x9]);
                let [x15, x12, x13, x14] = quarter_round([x15, x12, x13, x14]);
                x = [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15];
            }
            x
        }
    };
}

rounds!(rounds, "avx2", turned);
rounds!(rounds_of_avx512, "avx2,avx512f,avx512vl", turned_at_once);

/// Each word turned left by `LEFT` bits, where `LEFT + RIGHT` is 32.
#[inline]
#[target_feature(enable = "avx2")]
fn turned<const LEFT: i32, const RIGHT: i32>(words: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_slli_epi32::<LEFT>(words), _mm256_srli_epi32::<RIGHT>(words))
}

/// The same in one instruction instead of three.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn turned_at_once<const LEFT: i32, const RIGHT: i32>(words: __m256i) -> __m256i {
    _mm256_rol_epi32::<LEFT>(words)
}

/// From one word of eight blocks in each vector to eight words of one block.
#[target_feature(enable = "avx2")]
fn transposed([a, b, c, d, e, f, g, h]: [__m256i; 8]) -> [__m256i; 8] {
    let [a, b, c, d] = quads([a, b, c, d]);
    let [e, f, g, h] = quads([e, f, g, h]);
    [
        _mm256_permute2x128_si256::<0x20>(a, e),
        _mm256_permute2x128_si256::<0x20>(b, f),
        _mm256_permute2x128_si256::<0x20>(c, g),
        _mm256_permute2x128_si256::<0x20>(d, h),
        _mm256_permute2x128_si256::<0x31>(a, e),
        _mm256_permute2x128_si256::<0x31>(b, f),
        _mm256_permute2x128_si256::<0x31>(c, g),
        _mm256_permute2x128_si256::<0x31>(d, h),
    ]
}

/// The same within each half of four vectors.
#[target_feature(enable = "avx2")]
fn quads([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let (ab_low, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd_low, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab_low, cd_low),
        _mm256_unpackhi_epi64(ab_low, cd_low),
        _mm256_unpacklo_epi64(ab_high, cd_high),
        _mm256_unpackhi_epi64(ab_high, cd_high),
    ]
}

/// Word by word, which compiles to one load and one store: those that take a pointer would be unsafe.
#[target_feature(enable = "avx2")]
fn combine(bytes: &mut [u8; 32], stream: __m256i) {
    let (words, _) = bytes.as_chunks_mut::<8>();
    let [a, b, c, d] = words else { return };
    let word = |bytes: &[u8; 8]| i64::from_le_bytes(*bytes);
    let sum = _mm256_xor_si256(_mm256_setr_epi64x(word(a), word(b), word(c), word(d)), stream);
    *a = _mm256_extract_epi64::<0>(sum).to_le_bytes();
    *b = _mm256_extract_epi64::<1>(sum).to_le_bytes();
    *c = _mm256_extract_epi64::<2>(sum).to_le_bytes();
    *d = _mm256_extract_epi64::<3>(sum).to_le_bytes();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_turn_words_give_the_same_stream() {
        let features =
            std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("avx512vl");
        if features {
            #[allow(unsafe_code, reason = "the processor was asked")]
            unsafe {
                same();
            }
        }
    }

    #[target_feature(enable = "avx2,avx512f,avx512vl")]
    fn same() {
        let start = words(&[7; 32], &[9; 8]);
        let stored = |words: [__m256i; 16]| {
            words.map(|word| [_mm256_extract_epi64::<0>(word), _mm256_extract_epi64::<3>(word)])
        };
        assert_eq!(stored(rounds(start)), stored(rounds_of_avx512(start)));
    }
}
