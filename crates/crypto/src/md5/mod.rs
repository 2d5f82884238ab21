//! MD5 (RFC 1321), faster than the crates do it, and of two things at once where they share their bytes.
//!
//! MD5 is what large uploads wait for. Every step needs the one before, so a core that computes one sum idles half of the
//! time, and a second sum of the same bytes (that of a part beside that of the whole) costs little more. No kept crate
//! does that; `md-5`, with which the tests compare, takes a fifth more time for one sum and nearly twice as much for two.
//! Where the processor has AVX-512 two sums take hardly more time than one.

#[cfg(target_arch = "x86_64")]
mod avx512;

use std::hint::black_box;

/// An MD5 sum.
pub type Sum = [u8; 16];

const BLOCK: usize = 64;

/// The integer parts of 2³² |sin i|, as round, four steps, step.
const CONSTANTS: [[[u32; 4]; 4]; 4] = [
    [
        [0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee],
        [0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501],
        [0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be],
        [0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821],
    ],
    [
        [0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa],
        [0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8],
        [0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed],
        [0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a],
    ],
    [
        [0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c],
        [0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70],
        [0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05],
        [0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665],
    ],
    [
        [0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039],
        [0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1],
        [0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1],
        [0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391],
    ],
];

/// The four words of a sum that is computed.
type State = [u32; 4];

/// A sum that grows.
#[derive(Debug, Clone)]
pub struct Running {
    state: State,
    /// Bytes so far. Those beyond the last whole block are the first of `rest`.
    length: u64,
    rest: [u8; BLOCK],
}

impl Default for Running {
    fn default() -> Self {
        Self { state: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476], length: 0, rest: [0; BLOCK] }
    }
}

impl Running {
    /// Goes on with these bytes.
    pub fn add(&mut self, content: &[u8]) {
        let content = self.fill_rest(content);
        let (blocks, rest) = content.as_chunks();
        [self.state] = after([self.state], blocks);
        self.keep(content.len(), rest);
    }

    /// Goes on with these bytes in two sums.
    pub fn add_to_both(one: &mut Self, other: &mut Self, content: &[u8]) {
        if one.pending() + other.pending() > 0 {
            one.add(content);
            other.add(content);
            return;
        }
        let (blocks, rest) = content.as_chunks();
        [one.state, other.state] = both_after([one.state, other.state], blocks);
        one.keep(content.len(), rest);
        other.keep(content.len(), rest);
    }

    /// The sum.
    #[must_use]
    pub fn finish(mut self) -> Sum {
        let bits = self.length.wrapping_mul(8).to_le_bytes();
        // A one, and zeros up to where the length of eight bytes ends a block.
        let zeros = (2 * BLOCK - 1 - bits.len() - self.pending()) % BLOCK;
        let mut padding = [0; BLOCK];
        padding[0] = 0x80;
        self.add(padding.get(..=zeros).unwrap_or_default());
        self.add(&bits);
        let mut sum = Sum::default();
        for (bytes, word) in sum.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_le_bytes();
        }
        sum
    }

    /// Bytes that wait for the rest of their block.
    fn pending(&self) -> usize {
        (self.length % BLOCK as u64) as usize
    }

    /// Completes the block that has begun, and gives what is left.
    fn fill_rest<'a>(&mut self, content: &'a [u8]) -> &'a [u8] {
        let pending = self.pending();
        if pending == 0 {
            return content;
        }
        let (now, later) = content.split_at(content.len().min(BLOCK - pending));
        let free = self.rest.iter_mut().skip(pending);
        free.zip(now).for_each(|(to, from)| *to = *from);
        self.length += now.len() as u64;
        if self.pending() == 0 {
            [self.state] = after([self.state], &[self.rest]);
        }
        later
    }

    /// Notes bytes of which the blocks are in the sum.
    fn keep(&mut self, length: usize, rest: &[u8]) {
        self.length += length as u64;
        self.rest.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    }
}

/// The states of two sums after these blocks.
fn both_after(states: [State; 2], blocks: &[[u8; BLOCK]]) -> [State; 2] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512vl") {
        #[allow(
            unsafe_code,
            reason = "the one call that needs the processor to have AVX-512, which was just asked"
        )]
        return unsafe { avx512::after(states, blocks) };
    }
    after(states, blocks)
}

/// The states after these blocks.
fn after<const N: usize>(mut states: [State; N], blocks: &[[u8; BLOCK]]) -> [State; N] {
    // The compiler would add what it knows last, where it delays the next step; so it must not know.
    let [first, second, third, fourth] = black_box(&CONSTANTS);
    for block in blocks {
        let before = states;
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = words(block);
        let words = [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]];
        round(&mut states, words, first, [7, 12, 17, 22], |t, b, c, d| t.wrapping_add(d ^ (b & (c ^ d))));
        let words = [[b, g, l, a], [f, k, p, e], [j, o, d, i], [n, c, h, m]];
        // What has no `b`, which is the newest, is added first.
        round(&mut states, words, second, [5, 9, 14, 20], |t, b, c, d| {
            t.wrapping_add(c & !d).wrapping_add(b & d)
        });
        let words = [[f, i, l, o], [b, e, h, k], [n, a, d, g], [j, m, p, c]];
        round(&mut states, words, third, [4, 11, 16, 23], |t, b, c, d| t.wrapping_add(b ^ (c ^ d)));
        let words = [[a, h, o, f], [m, d, k, b], [i, p, g, n], [e, l, c, j]];
        round(&mut states, words, fourth, [6, 10, 15, 21], |t, b, c, d| t.wrapping_add(c ^ (b | !d)));
        for (word, before) in states.iter_mut().flatten().zip(before.iter().flatten()) {
            *word = word.wrapping_add(*before);
        }
    }
    states
}

fn words(block: &[u8; BLOCK]) -> [u32; 16] {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

/// Sixteen steps of each sum. `mix` adds to its first argument what the round makes of the three others.
#[inline(always)]
fn round<const N: usize>(
    states: &mut [State; N],
    words: [[u32; 4]; 4],
    constants: &[[u32; 4]; 4],
    [first, second, third, fourth]: [u32; 4],
    mix: impl Fn(u32, u32, u32, u32) -> u32,
) {
    let step = |a: &mut u32, b: u32, c: u32, d: u32, known: u32, turn: u32| {
        *a = mix(a.wrapping_add(known), b, c, d).rotate_left(turn).wrapping_add(b);
    };
    for ([i, j, k, l], [p, q, r, s]) in words.into_iter().zip(constants) {
        let known = [i.wrapping_add(*p), j.wrapping_add(*q), k.wrapping_add(*r), l.wrapping_add(*s)];
        for [a, b, c, d] in states.iter_mut() {
            step(a, *b, *c, *d, known[0], first);
            step(d, *a, *b, *c, known[1], second);
            step(c, *d, *a, *b, known[2], third);
            step(b, *c, *d, *a, known[3], fourth);
        }
    }
}

#[cfg(test)]
mod tests {
    use md5::{Digest, Md5};
    use proptest::prelude::*;

    use super::*;

    fn expected(content: &[u8]) -> Sum {
        Md5::digest(content).into()
    }

    fn noise(length: usize) -> Vec<u8> {
        (0..length as u32).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 21) as u8).collect()
    }

    #[test]
    fn sums_of_all_lengths_around_a_block_are_right() {
        for length in 0..=3 * BLOCK {
            let content = noise(length);
            let mut running = Running::default();
            running.add(&content);
            assert_eq!(running.finish(), expected(&content), "{length} bytes");
        }
    }

    #[test]
    fn what_is_fast_on_some_processors_is_the_same_on_others() {
        let content = noise(100 * BLOCK);
        let states = [Running::default().state, [1, 2, 3, 4]];
        let (blocks, _) = content.as_chunks();
        assert_eq!(both_after(states, blocks), after(states, blocks));
    }

    proptest! {
        #[test]
        fn two_sums_at_once_are_those_of_each_for_itself(
            before in 0..300usize,
            pieces in prop::collection::vec(prop_oneof![Just(0), Just(64), Just(4096), 0..1000usize], 0..8),
        ) {
            let mut whole = Running::default();
            whole.add(&noise(before));
            let mut part = Running::default();
            let (mut of_whole, mut of_part) = (noise(before), Vec::new());
            for length in pieces {
                let piece = noise(length);
                Running::add_to_both(&mut whole, &mut part, &piece);
                of_whole.extend_from_slice(&piece);
                of_part.extend_from_slice(&piece);
            }
            prop_assert_eq!(whole.finish(), expected(&of_whole));
            prop_assert_eq!(part.finish(), expected(&of_part));
        }
    }
}
