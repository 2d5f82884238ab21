//! What the index is to remember of each pair, once the sync has ended well. Pure.

use super::decide::Decision;
use super::merge::Pair;
use super::step::{Step, Victim};
use crate::index::{Mark, Row};
use crate::local::LocalWhat;
use crate::manifest::{RemoteWhat, What};
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

/// A pair before its judgement.
pub(super) struct Noted {
    path: Option<RelativePath>,
    mark: Option<Mark>,
    there: Noticed,
}

/// What the remote has, as far as a row can tell it.
enum Noticed {
    Nothing,
    Known(What),
    /// Something that the manifest does not describe.
    Unknown,
}

/// What comes of it.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) rows: Vec<Row>,
    /// The remote has something here of which no row can tell.
    pub(super) incomplete: bool,
    /// The same, until the file is uploaded.
    pub(super) doubtful: bool,
}

impl Noted {
    /// `looked` is when the scan began: what changed right before it may change again without a trace.
    pub(super) fn of(pair: &Pair, looked: Timestamp) -> Self {
        let path = pair.path.clone();
        let mark = pair.local.as_ref().filter(|_| pair.seen.is_settled(looked));
        let mark = mark.map(|what: &LocalWhat| Mark::of(path.as_ref(), what, pair.seen));
        Self { path, mark, there: pair.remote.as_ref().map_or(Noticed::Nothing, Noticed::of) }
    }

    pub(super) fn judged(self, decision: &Decision) -> Memory {
        let mut memory = Memory::default();
        match (decision, self.there) {
            (Decision::Same, Noticed::Known(what)) => {
                memory.rows.push(Row { path: self.path, mark: self.mark, what });
            }
            // Kept, or to be overwritten, which may fail.
            (Decision::Keep, Noticed::Known(what)) => {
                memory.rows.push(Row { path: self.path, mark: None, what });
            }
            (Decision::Keep, Noticed::Unknown) => memory.incomplete = true,
            (Decision::Do(steps), there) => {
                for step in steps {
                    memory.take(step, self.mark, &there);
                }
            }
            _ => {}
        }
        memory
    }
}

impl Memory {
    fn take(&mut self, step: &Step, mark: Option<Mark>, there: &Noticed) {
        match (step, there) {
            (Step::Upload { path, .. }, Noticed::Known(what)) => {
                self.rows.push(Row { path: Some(path.clone()), mark: None, what: what.clone() });
            }
            (Step::Upload { .. }, Noticed::Unknown) => self.doubtful = true,
            (Step::Attributes { record, .. }, _) => {
                let (path, what) = (record.path.clone(), record.what.clone());
                self.rows.push(Row { path, mark, what });
            }
            (Step::Delete { path, victim: Victim::Object { .. }, .. }, _) => {
                self.rows.push(Row::gone(Some(path.clone())));
            }
            _ => {}
        }
    }
}

impl Noticed {
    fn of(remote: &RemoteWhat) -> Self {
        Self::Known(match remote {
            RemoteWhat::File(file) => match file.record.as_ref().filter(|_| file.described) {
                Some(record) => What::File(record.clone()),
                None => return Self::Unknown,
            },
            RemoteWhat::Folder(attributes) => What::Folder(attributes.clone()),
            RemoteWhat::SymbolicLink { target, attributes } => {
                What::SymbolicLink { target: target.clone(), attributes: attributes.clone() }
            }
            RemoteWhat::Special(kind) => What::Special(*kind),
            RemoteWhat::Doomed(_) => return Self::Unknown,
            RemoteWhat::Lost(_) | RemoteWhat::Finished => return Self::Nothing,
        })
    }
}
