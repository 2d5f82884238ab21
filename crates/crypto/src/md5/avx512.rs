//! Two MD5 sums of the same bytes side by side: a vector holds one word of each, so that a step of both takes the time of
//! one. With AVX-512 a step is a table of three bits, two additions and a rotation, each one instruction.

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_cvtsi128_si32, _mm_rol_epi32, _mm_set_epi32, _mm_set1_epi32, _mm_srli_si128,
    _mm_ternarylogic_epi32,
};

use super::{BLOCK, CONSTANTS, State, words};

// What the functions F to I of RFC 1321 make of a bit of `b`, `c` and `d`: bit 4b + 2c + d of the table.
const F: i32 = 0b1100_1010;
const G: i32 = 0b1110_0100;
const H: i32 = 0b1001_0110;
const I: i32 = 0b0011_1001;

/// The states after these blocks.
#[target_feature(enable = "avx512f,avx512vl")]
pub(super) fn after([one, other]: [State; 2], blocks: &[[u8; BLOCK]]) -> [State; 2] {
    let [first, second, third, fourth] = &CONSTANTS;
    let mut state = side_by_side(one, other);
    for block in blocks {
        let before = state;
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = words(block);
        let words = [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]];
        round::<F, 7, 12, 17, 22>(&mut state, words, first);
        let words = [[b, g, l, a], [f, k, p, e], [j, o, d, i], [n, c, h, m]];
        round::<G, 5, 9, 14, 20>(&mut state, words, second);
        let words = [[f, i, l, o], [b, e, h, k], [n, a, d, g], [j, m, p, c]];
        round::<H, 4, 11, 16, 23>(&mut state, words, third);
        let words = [[a, h, o, f], [m, d, k, b], [i, p, g, n], [e, l, c, j]];
        round::<I, 6, 10, 15, 21>(&mut state, words, fourth);
        for (word, before) in state.iter_mut().zip(before) {
            *word = _mm_add_epi32(*word, before);
        }
    }
    apart(state)
}

/// Sixteen steps of both sums.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn round<const TABLE: i32, const FIRST: i32, const SECOND: i32, const THIRD: i32, const FOURTH: i32>(
    [a, b, c, d]: &mut [__m128i; 4],
    words: [[u32; 4]; 4],
    constants: &[[u32; 4]; 4],
) {
    for ([i, j, k, l], [p, q, r, s]) in words.into_iter().zip(constants) {
        step::<TABLE, FIRST>(a, *b, *c, *d, i.wrapping_add(*p));
        step::<TABLE, SECOND>(d, *a, *b, *c, j.wrapping_add(*q));
        step::<TABLE, THIRD>(c, *d, *a, *b, k.wrapping_add(*r));
        step::<TABLE, FOURTH>(b, *c, *d, *a, l.wrapping_add(*s));
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn step<const TABLE: i32, const TURN: i32>(a: &mut __m128i, b: __m128i, c: __m128i, d: __m128i, known: u32) {
    let known = _mm_add_epi32(*a, _mm_set1_epi32(known.cast_signed()));
    let mixed = _mm_add_epi32(known, _mm_ternarylogic_epi32::<TABLE>(b, c, d));
    *a = _mm_add_epi32(_mm_rol_epi32::<TURN>(mixed), b);
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn side_by_side([a, b, c, d]: State, [e, f, g, h]: State) -> [__m128i; 4] {
    [(a, e), (b, f), (c, g), (d, h)]
        .map(|(one, other)| _mm_set_epi32(0, 0, other.cast_signed(), one.cast_signed()))
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn apart(state: [__m128i; 4]) -> [State; 2] {
    let one = state.map(|word| _mm_cvtsi128_si32(word).cast_unsigned());
    let other = state.map(|word| _mm_cvtsi128_si32(_mm_srli_si128::<4>(word)).cast_unsigned());
    [one, other]
}
