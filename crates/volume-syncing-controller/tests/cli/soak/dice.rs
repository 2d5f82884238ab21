//! Chance that can be repeated.

use std::hash::{BuildHasher, RandomState};

pub(super) struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one("soak") >> 32);
        Self { seed, state: seed.wrapping_mul(2).wrapping_add(1) }
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below that one (splitmix64).
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (word ^ (word >> 31)) % end
    }

    pub(super) fn up_to(&mut self, most: u64) -> u64 {
        self.below(most + 1)
    }

    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
