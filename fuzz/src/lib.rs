//! One small fuzz target for each parser of data that comes from outside: see `cargo xtask fuzz --help`.
//!
//! A target panics when something is wrong, and holds more than that nothing crashes: what was read and is written again
//! reads the same. How much memory and time an input may take is for the program that runs it to say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a target says that something is wrong"
)]

mod targets;

pub use targets::TARGETS;

/// A parser under test.
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Takes one input.
    pub run: fn(&[u8]),
    /// Small valid inputs to start from.
    pub samples: fn() -> Vec<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::TARGETS;

    #[test]
    fn every_target_takes_its_samples_and_all_that_they_begin_with() {
        for target in TARGETS {
            let samples = (target.samples)();
            assert!(!samples.is_empty(), "{}", target.name);
            for sample in samples {
                (0..=sample.len()).for_each(|length| (target.run)(&sample[..length]));
            }
        }
    }

    #[test]
    fn every_target_has_a_name_of_its_own() {
        for (at, target) in TARGETS.iter().enumerate() {
            assert!(TARGETS[..at].iter().all(|other| other.name != target.name), "{}", target.name);
        }
    }
}
