//! What a restore leaves here that no record describes, for the next one to know again. Pure.
//!
//! The manifest tells what a volume had only for what it describes. What another program put on the mirror it does not, and
//! without a note of it the next restore could not tell such a file from one that was changed here.

use super::decide::Decision;
use super::merge::Pair;
use super::step::Step;
use crate::attributes::Attributes;
use crate::entry::Entry;
use crate::local::LocalWhat;
use crate::manifest::{FileRecord, Record, RemoteWhat, What};
use crate::settings::Direction;

/// A file of the remote without a record, before it is judged.
pub(super) struct Candidate {
    /// What is to be noted if the file here is the one there.
    here: Option<Record>,
    /// What was noted last time.
    then: Option<Record>,
}

impl Candidate {
    pub(super) fn of(pair: &Pair, direction: Direction) -> Option<Self> {
        let (Direction::FromRemote, Some(RemoteWhat::File(file))) = (direction, &pair.remote) else {
            return None;
        };
        if file.described {
            return None;
        }
        let here = match &pair.local {
            Some(LocalWhat::File(local)) => {
                Some(brought(file.entry.clone(), local.size, local.attributes.clone()))
            }
            _ => None,
        };
        let then = pair.past.as_ref().and_then(|past| past.brought.clone());
        let then = then.map(|record| Record { path: pair.path.clone(), what: What::File(record) });
        Some(Self { here, then })
    }

    /// What is to be noted once the restore has ended well. What is copied is noted when it has come.
    pub(super) fn judged(self, decision: &Decision) -> Option<Record> {
        match decision {
            Decision::Same => self.here,
            Decision::Do(steps) if steps.iter().all(|step| matches!(step, Step::Attributes { .. })) => {
                self.here
            }
            Decision::Kept | Decision::Conflict(_) => self.then,
            _ => None,
        }
    }
}

/// The note of a file of the remote that came with this size and these attributes.
pub(crate) fn brought(entry: Entry, size: u64, attributes: Attributes) -> Record {
    let path = Some(entry.path.clone());
    let file = FileRecord { size, attributes, hash: None, stored: entry.into(), tie: None, sparse: false };
    Record { path, what: What::File(file) }
}
