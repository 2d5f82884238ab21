//! Sorts more than fits into memory: sorted runs, merged while they are read.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::list::{Items, Spool};

/// How many items are sorted in memory at once: about 8 MiB of listing entries.
const RUN: usize = 50_000;

/// Takes items in any order.
pub(crate) struct Sorter<T> {
    folder: PathBuf,
    run: usize,
    current: Vec<T>,
    runs: Vec<Spool<T>>,
}

impl<T: Ord + Serialize + DeserializeOwned> Sorter<T> {
    /// An empty sorter that spills into `folder`.
    #[must_use]
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), run: RUN, current: Vec::new(), runs: Vec::new() }
    }

    /// Whether there is none yet.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.current.is_empty() && self.runs.is_empty()
    }

    /// Adds an item.
    ///
    /// # Errors
    /// When the folder cannot hold what does not fit into memory.
    pub(crate) fn push(&mut self, item: T) -> io::Result<()> {
        self.current.push(item);
        if self.current.len() >= self.run { self.end_run() } else { Ok(()) }
    }

    fn end_run(&mut self) -> io::Result<()> {
        self.current.sort();
        let mut spool = Spool::new(&self.folder);
        for item in self.current.drain(..) {
            spool.push(&item)?;
        }
        spool.put_aside()?;
        self.runs.push(spool);
        Ok(())
    }

    /// All items, smallest first.
    ///
    /// # Errors
    /// When a run cannot be read back.
    pub(crate) fn finish(mut self) -> io::Result<Sorted<T>> {
        self.current.sort();
        let mut sorted = Sorted {
            memory: self.current.into_iter(),
            runs: Vec::new(),
            heads: BinaryHeap::new(),
            error: None,
        };
        for spool in self.runs {
            sorted.runs.push(spool.into_items()?);
        }
        for run in 0..=sorted.runs.len() {
            sorted.refill(run);
        }
        Ok(sorted)
    }
}

/// The items of a [`Sorter`], smallest first.
pub(crate) struct Sorted<T> {
    memory: std::vec::IntoIter<T>,
    runs: Vec<Items<'static, T>>,
    heads: BinaryHeap<Reverse<Head<T>>>,
    error: Option<io::Error>,
}

struct Head<T> {
    item: T,
    run: usize,
}

impl<T: DeserializeOwned + Ord> Sorted<T> {
    /// Takes the next item of a run into the heap; the run after the last is the one in memory.
    fn refill(&mut self, run: usize) {
        let next = match self.runs.get_mut(run) {
            Some(items) => items.next(),
            None => self.memory.next().map(Ok),
        };
        match next {
            Some(Ok(item)) => self.heads.push(Reverse(Head { item, run })),
            Some(Err(error)) => self.error = Some(error),
            None => {}
        }
    }
}

impl<T: DeserializeOwned + Ord> Iterator for Sorted<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            self.heads.clear();
            return Some(Err(error));
        }
        let Reverse(head) = self.heads.pop()?;
        self.refill(head.run);
        Some(Ok(head.item))
    }
}

impl<T: Ord> Ord for Head<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.item.cmp(&other.item).then(self.run.cmp(&other.run))
    }
}

impl<T: Ord> PartialOrd for Head<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Head<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: Ord> Eq for Head<T> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_whatever_the_runs_are(items in prop::collection::vec(any::<u16>(), 0..300), run in 1_usize..50) {
            let folder = tempfile::tempdir().unwrap();
            let mut sorter = Sorter { run, ..Sorter::new(folder.path()) };
            for item in &items {
                sorter.push(*item).unwrap();
            }
            let sorted: Vec<u16> = sorter.finish().unwrap().map(Result::unwrap).collect();
            let mut expected = items;
            expected.sort_unstable();
            prop_assert_eq!(sorted, expected);
        }
    }
}
