//! The parts of a manifest read as one: for each path the newest record counts.

use std::iter::Peekable;

use super::{Damaged, Record, What};

/// The records of all parts, sorted by path, each path once, without those that are gone.
pub struct Chain<I: Iterator<Item = Result<Record, Damaged>>> {
    /// The base first, then the deltas as they came.
    parts: Vec<Peekable<I>>,
}

impl<I: Iterator<Item = Result<Record, Damaged>>> Chain<I> {
    /// Reads `parts`, the oldest first.
    pub fn new(parts: impl IntoIterator<Item = I>) -> Self {
        Self { parts: parts.into_iter().map(Iterator::peekable).collect() }
    }

    /// Takes the record with the smallest path, of the newest part that has it, and drops the older ones.
    fn take(&mut self) -> Option<Result<Record, Damaged>> {
        let mut smallest: Option<&Record> = None;
        for part in &mut self.parts {
            match part.peek() {
                Some(Err(_)) => return part.next(),
                Some(Ok(record)) if smallest.is_none_or(|known| record.compare_paths(known).is_le()) => {
                    smallest = Some(record);
                }
                _ => {}
            }
        }
        let path = smallest?.path.clone();
        let mut newest = None;
        for part in &mut self.parts {
            if let Some(record) = part.next_if(|next| next.as_ref().is_ok_and(|next| next.path == path)) {
                newest = Some(record);
            }
        }
        newest
    }
}

impl<I: Iterator<Item = Result<Record, Damaged>>> Iterator for Chain<I> {
    type Item = Result<Record, Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.take()? {
                Ok(Record { what: What::Absent, .. }) => {}
                other => return Some(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::manifest::record::tests::any_records;

    proptest! {
        #[test]
        fn the_newest_record_of_each_path_counts(parts in prop::collection::vec(any_records(), 0..5)) {
            let mut expected = BTreeMap::new();
            for record in parts.iter().flatten() {
                expected.insert(record.path.clone(), record.what.clone());
            }
            expected.retain(|_, what| *what != What::Absent);
            let chain = Chain::new(parts.into_iter().map(|part| part.into_iter().map(Ok)));
            let read: Vec<Record> = chain.collect::<Result<_, _>>().unwrap();
            let expected: Vec<Record> = expected.into_iter().map(|(path, what)| Record { path, what }).collect();
            prop_assert_eq!(read, expected);
        }
    }

    #[test]
    fn a_damaged_part_ends_it_with_its_error() {
        let mut chain = Chain::new([vec![Err(Damaged::Order)].into_iter()]);
        assert!(matches!(chain.next(), Some(Err(Damaged::Order))));
    }
}
