//! Files that moved: what is new here under one name and gone under another, and is one file. Pure.

use std::collections::HashMap;

use super::merge::Pair;
use super::step::{CopyReason, Step, Victim};
use crate::local::LocalWhat;
use crate::manifest::{RemoteFile, RemoteWhat};
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

/// How many are remembered until their other half comes, to bound memory; the rest is uploaded.
const MOST: usize = 20_000;

/// What stays with a file that is renamed. Its content is compared all the same before anything relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Same {
    inode: u64,
    size: u64,
    modified: Timestamp,
}

/// One half of a move.
pub(super) enum Half {
    /// A name that the remote does not have yet.
    Fresh(Same, RelativePath),
    /// A name that is gone here, with its object.
    Gone(Same, Box<RemoteFile>),
}

/// Halves that wait, and moves that are known.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    fresh: HashMap<Same, RelativePath>,
    gone: HashMap<Same, RemoteFile>,
    originals: HashMap<RelativePath, RemoteFile>,
}

impl Half {
    /// What a pair may be half of.
    pub(super) fn of(pair: &Pair) -> Option<Self> {
        match (&pair.path, &pair.local, &pair.remote) {
            (Some(path), Some(LocalWhat::File(file)), None) => {
                let (inode, size, modified) = (pair.seen.inode, file.size, file.attributes.modified);
                Some(Self::Fresh(Same { inode, size, modified }, path.clone()))
            }
            (Some(_), None, Some(RemoteWhat::File(file))) => {
                let record = file.record.as_ref().filter(|record| file.described && record.hash.is_some())?;
                let (size, modified) = (record.size, record.attributes.modified);
                Some(Self::Gone(
                    Same { inode: pair.mark_then?.inode()?, size, modified },
                    Box::new(file.clone()),
                ))
            }
            _ => None,
        }
    }

    /// Whether the plan does with it what a move needs.
    fn is_planned(&self, step: &Step) -> bool {
        match (self, step) {
            (Self::Fresh(..), Step::Upload { reason, .. }) => *reason == CopyReason::New,
            (Self::Gone(..), Step::Delete { victim, .. }) => matches!(victim, Victim::Object { .. }),
            _ => false,
        }
    }
}

impl Moves {
    /// Takes a half, if `steps` are to be done with it.
    pub(super) fn take(&mut self, half: Option<Half>, steps: &[Step]) {
        let Some(half) = half.filter(|half| steps.iter().any(|step| half.is_planned(step))) else { return };
        match half {
            Half::Fresh(same, path) => match self.gone.remove(&same) {
                Some(original) => drop(self.originals.insert(path, original)),
                None if self.fresh.len() < MOST => drop(self.fresh.insert(same, path)),
                None => {}
            },
            Half::Gone(same, original) => match self.fresh.remove(&same) {
                Some(path) => drop(self.originals.insert(path, *original)),
                None if self.gone.len() < MOST => drop(self.gone.insert(same, *original)),
                None => {}
            },
        }
    }

    /// The object that the file at `path` was before it moved.
    pub(crate) fn original(&mut self, path: &RelativePath) -> Option<RemoteFile> {
        self.originals.remove(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Mark;
    use crate::local::Seen;
    use crate::plan::decide::{Comparison, Decision, decide};
    use crate::plan::samples::{local_file, record, remote_file};
    use crate::settings::Direction;

    const COMPARISON: Comparison = Comparison {
        direction: Direction::ToRemote,
        delete: true,
        faithful: true,
        store_precision: std::time::Duration::from_nanos(1),
        local_precision: std::time::Duration::from_nanos(1),
        keep: None,
    };

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text).unwrap()
    }

    fn fresh(name: &str, inode: u64, modified: i64) -> Pair {
        let seen = Seen { inode, ..Seen::default() };
        let what = LocalWhat::File(local_file(1, modified));
        Pair { seen, ..Pair::new(Some(path(name)), Some(what), None) }
    }

    fn gone(name: &str, inode: u64, modified: i64) -> Pair {
        let what = RemoteWhat::File(remote_file(name, 1, Some(record(1, modified))));
        let seen = Seen { inode, ..Seen::default() };
        let mark = Mark::of(Some(&path(name)), &LocalWhat::File(local_file(1, modified)), seen);
        Pair { mark_then: Some(mark), ..Pair::new(Some(path(name)), None, Some(what)) }
    }

    fn original(pairs: Vec<Pair>, comparison: &Comparison) -> Option<String> {
        let mut moves = Moves::default();
        for pair in pairs {
            let half = Half::of(&pair);
            if let Decision::Do(steps) = decide(pair, comparison) {
                moves.take(half, &steps);
            }
        }
        moves.original(&path("new")).map(|file| file.entry.path.to_string())
    }

    #[test]
    fn a_name_that_came_and_one_that_went_are_one_file_in_either_order() {
        for pairs in [[fresh("new", 7, 5), gone("old", 7, 5)], [gone("old", 7, 5), fresh("new", 7, 5)]] {
            assert_eq!(original(pairs.into(), &COMPARISON), Some("old".to_owned()));
        }
    }

    #[test]
    fn so_are_they_where_something_else_is_in_the_way() {
        let late = Pair { conflict: true, ..fresh("new", 7, 5) };
        assert_eq!(original(vec![late, gone("old", 7, 5)], &COMPARISON), Some("old".to_owned()));
    }

    #[test]
    fn files_that_differ_in_anything_did_not_move() {
        assert_eq!(original(vec![fresh("new", 8, 5), gone("old", 7, 5)], &COMPARISON), None);
        assert_eq!(original(vec![fresh("new", 7, 6), gone("old", 7, 5)], &COMPARISON), None);
        let keeping = Comparison { delete: false, ..COMPARISON };
        assert_eq!(original(vec![fresh("new", 7, 5), gone("old", 7, 5)], &keeping), None);
    }

    #[test]
    fn of_a_very_large_folder_so_many_files_are_known_to_have_moved() {
        let mut moves = Moves::default();
        let all = 0..=i64::try_from(MOST).unwrap();
        let pairs = all.clone().map(|number| gone("old", 7, number));
        let pairs = pairs.chain(all.map(|number| fresh(&format!("new {number}"), 7, number)));
        for pair in pairs {
            let half = Half::of(&pair);
            if let Decision::Do(steps) = decide(pair, &COMPARISON) {
                moves.take(half, &steps);
            }
        }
        let known = (0..=MOST).filter(|number| moves.original(&path(&format!("new {number}"))).is_some());
        assert_eq!(known.count(), MOST);
    }
}
