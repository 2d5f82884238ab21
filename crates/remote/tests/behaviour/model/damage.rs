//! What a disk, or somebody, does to an index.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

/// Bytes that are others, and what is missing at the end. Places are parts of what is there, so that they fit any file.
#[derive(Debug, Clone)]
pub(super) struct Damage {
    flipped: Vec<(u16, u8)>,
    cut_at: Option<u16>,
}

pub(super) fn damage() -> impl Strategy<Value = Damage> {
    let flipped = prop::collection::vec((any::<u16>(), 1_u8..), 1..8);
    let cut_at = prop_oneof![3 => Just(None), 1 => any::<u16>().prop_map(Some)];
    (flipped, cut_at).prop_map(|(flipped, cut_at)| Damage { flipped, cut_at })
}

impl Damage {
    /// Where there is no index, nothing happens.
    pub(super) fn apply(&self, file: &Path) {
        let Ok(mut bytes) = fs::read(file) else { return };
        // Most of a small one is room for more.
        let mut used: Vec<&mut u8> = bytes.iter_mut().filter(|byte| **byte != 0).collect();
        for (place, change) in &self.flipped {
            if let Some(byte) = part(used.len(), *place).and_then(|at| used.get_mut(at)) {
                **byte ^= change;
            }
        }
        if let Some(end) = self.cut_at.and_then(|place| part(bytes.len(), place)) {
            bytes.truncate(end);
        }
        fs::write(file, bytes).unwrap();
    }
}

fn part(length: usize, place: u16) -> Option<usize> {
    (length * usize::from(place)).checked_div(usize::from(u16::MAX))
}
