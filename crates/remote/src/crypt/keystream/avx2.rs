//! Salsa20 (D. J. Bernstein, "Salsa20 specification", 2005), eight blocks side by side: a vector holds one word of each.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_extract_epi64, _mm256_or_si256, _mm256_permute2x128_si256,
    _mm256_set1_epi32, _mm256_setr_epi32, _mm256_setr_epi64x, _mm256_slli_epi32, _mm256_srli_epi32,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
    _mm256_xor_si256,
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
    let mut end = start;
    for _ in 0..10 {
        end = double_round(end);
    }
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

#[target_feature(enable = "avx2")]
fn double_round(x: [__m256i; 16]) -> [__m256i; 16] {
    let [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = x;
    let [x0, x4, x8, x12] = quarter_round([x0, x4, x8, x12]);
    let [x5, x9, x13, x1] = quarter_round([x5, x9, x13, x1]);
    let [x10, x14, x2, x6] = quarter_round([x10, x14, x2, x6]);
    let [x15, x3, x7, x11] = quarter_round([x15, x3, x7, x11]);
    let [x0, x1, x2, x3] = quarter_round([x0, x1, x2, x3]);
    let [x5, x6, x7, x4] = quarter_round([x5, x6, x7, x4]);
    let [x10, x11, x8, x9] = quarter_round([x10, x11, x8, x9]);
    let [x15, x12, x13, x14] = quarter_round([x15, x12, x13, x14]);
    [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15]
}

#[target_feature(enable = "avx2")]
fn quarter_round([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let b = step::<7, 25>(b, a, d);
    let c = step::<9, 23>(c, b, a);
    let d = step::<13, 19>(d, c, b);
    let a = step::<18, 14>(a, d, c);
    [a, b, c, d]
}

/// `word ^ ((one + other) <<< LEFT)`, where `LEFT + RIGHT` is 32.
#[target_feature(enable = "avx2")]
fn step<const LEFT: i32, const RIGHT: i32>(word: __m256i, one: __m256i, other: __m256i) -> __m256i {
    let sum = _mm256_add_epi32(one, other);
    let turned = _mm256_or_si256(_mm256_slli_epi32::<LEFT>(sum), _mm256_srli_epi32::<RIGHT>(sum));
    _mm256_xor_si256(word, turned)
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
