//! Which bytes of a file were written, in whatever order. Pure.

use std::collections::BTreeMap;

/// Stretches that do not touch each other: where each begins, and where it ends.
#[derive(Debug, Default)]
pub(super) struct Written(BTreeMap<u64, u64>);

impl Written {
    /// A file whose first bytes are there.
    pub(super) fn to(end: u64) -> Self {
        let mut written = Self::default();
        written.add(0, end);
        written
    }

    /// Adds the bytes from `start` to `end`.
    pub(super) fn add(&mut self, mut start: u64, mut end: u64) {
        if start >= end {
            return;
        }
        if let Some((&before, &until)) = self.0.range(..=start).next_back()
            && until >= start
        {
            start = before;
            end = end.max(until);
        }
        while let Some((&next, &until)) = self.0.range(start..=end).next() {
            self.0.remove(&next);
            end = end.max(until);
        }
        self.0.insert(start, end);
    }

    /// Up to where all bytes from the beginning are there.
    pub(super) fn beginning(&self) -> u64 {
        self.0.get(&0).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_there_from_the_beginning_is_known_whatever_comes_first(
            pieces in prop::collection::vec((0_u64..60, 0_u64..20), 0..25),
        ) {
            let mut written = Written::default();
            let mut bytes = [false; 80];
            for (start, length) in pieces {
                written.add(start, start + length);
                bytes[start as usize..(start + length) as usize].fill(true);
                let expected = bytes.iter().take_while(|there| **there).count() as u64;
                prop_assert_eq!(written.beginning(), expected);
            }
            let stretches = bytes.chunk_by(|left, right| left == right).filter(|run| run[0]).count();
            prop_assert_eq!(written.0.len(), stretches);
        }
    }
}
