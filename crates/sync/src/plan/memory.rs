//! What the index is to remember of each pair, once the sync has ended well. Pure.

use super::decide::Decision;
use super::merge::{Pair, Proof};
use super::step::{Step, Victim};
use super::undescribed::brought;
use crate::attributes::Attributes;
use crate::index::{Mark, Row};
use crate::local::LocalWhat;
use crate::manifest::{RemoteFile, RemoteWhat, What};
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

/// A pair before its judgement.
pub(super) struct Noted {
    path: Option<RelativePath>,
    mark: Option<Mark>,
    /// What the index had until now.
    mark_then: Option<Mark>,
    there: Noticed,
}

/// What the remote has, as far as a row can tell it.
enum Noticed {
    Nothing,
    Known(What),
    /// A file that the manifest does not describe, as its object tells it.
    Undescribed(What),
    /// An object that is to go.
    Doomed,
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
        let settled =
            pair.seen.is_settled(looked) && !matches!(pair.proof, Proof::Read { settled: false, .. });
        let mark = pair.local.as_ref().filter(|_| settled);
        let mark = mark.map(|what: &LocalWhat| Mark::of(path.as_ref(), what, pair.seen));
        let mark_then = pair.mark_then;
        Self { path, mark, mark_then, there: pair.remote.as_ref().map_or(Noticed::Nothing, Noticed::of) }
    }

    pub(super) fn judged(self, decision: &Decision) -> Memory {
        let mut memory = Memory::default();
        match (decision, self.there) {
            (Decision::Same, Noticed::Known(what)) => {
                memory.rows.push(Row { path: self.path, mark: self.mark, what });
            }
            // Nobody could look, or it is to stay there.
            (Decision::Keep, Noticed::Known(what)) => {
                memory.rows.push(Row { path: self.path, mark: self.mark_then, what });
            }
            (Decision::Keep, Noticed::Undescribed(what)) => {
                memory.incomplete = true;
                if self.mark_then.is_some() {
                    memory.rows.push(Row { path: self.path, mark: self.mark_then, what });
                }
            }
            (Decision::Keep, Noticed::Doomed) => memory.incomplete = true,
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
            // Until it is uploaded, which may fail: that it was changed is not forgotten.
            (Step::Upload { path, .. }, Noticed::Known(what) | Noticed::Undescribed(what)) => {
                self.rows.push(Row { path: Some(path.clone()), mark: Some(Mark::STALE), what: what.clone() });
                self.doubtful |= matches!(there, Noticed::Undescribed(_));
            }
            (Step::Upload { .. }, Noticed::Doomed) => self.doubtful = true,
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
                None => return Self::Undescribed(told(file)),
            },
            RemoteWhat::Folder(attributes) => What::Folder(attributes.clone()),
            RemoteWhat::SymbolicLink { target, attributes } => {
                What::SymbolicLink { target: target.clone(), attributes: attributes.clone() }
            }
            RemoteWhat::Special(kind) => What::Special(*kind),
            RemoteWhat::Doomed(_) => return Self::Doomed,
            RemoteWhat::Lost(_) | RemoteWhat::Finished => return Self::Nothing,
        })
    }
}

/// What an object tells of a file by itself. Its attributes are nobody's: such a row only keeps a mark.
fn told(file: &RemoteFile) -> What {
    let modified = Timestamp::from_nanoseconds(0);
    let attributes = Attributes { mode: 0, owner: 0, group: 0, modified, extended: Vec::new() };
    brought(file.entry.clone(), file.entry.size, attributes).what
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::Seen;
    use crate::plan::CopyReason;
    use crate::plan::samples::{local_file, record, remote_file};

    fn pair(proof: Proof) -> Pair {
        let path = RelativePath::parse("a").unwrap();
        let remote = RemoteWhat::File(remote_file("a", 1, Some(record(1, 5))));
        let seen = Seen { changed: Timestamp::from_nanoseconds(1), inode: 1 };
        let pair = Pair::new(Some(path), Some(LocalWhat::File(local_file(1, 5))), Some(remote));
        Pair { proof, seen, ..pair }
    }

    fn mark(pair: &Pair, decision: &Decision) -> Option<Mark> {
        let looked = Timestamp::from_nanoseconds(1_000_000_000);
        Noted::of(pair, looked).judged(decision).rows.first().unwrap().mark
    }

    #[test]
    fn a_file_is_marked_when_it_is_the_same_and_every_later_change_would_show() {
        let of = |proof| mark(&pair(proof), &Decision::Same);
        assert!(of(Proof::Times).is_some() && of(Proof::Read { same: true, settled: true }).is_some());
        assert_eq!(of(Proof::Read { same: true, settled: false }), None);
    }

    fn upload() -> Decision {
        let path = RelativePath::parse("a").unwrap();
        let reason = CopyReason::ContentDiffers;
        Decision::Do(vec![Step::Upload { path, size: 1, inode: 1, tie: None, reason, after_deletes: false }])
    }

    #[test]
    fn a_change_is_remembered_until_it_is_uploaded() {
        assert_eq!(mark(&pair(Proof::Changed), &upload()), Some(Mark::STALE));
    }

    #[test]
    fn so_is_that_of_a_file_that_the_manifest_does_not_describe() {
        let object = RemoteWhat::File(remote_file("a", 1, None));
        let pair = Pair { remote: Some(object), mark_then: Some(Mark::STALE), ..pair(Proof::Changed) };
        assert_eq!(mark(&pair, &upload()), Some(Mark::STALE));
        assert_eq!(mark(&pair, &Decision::Keep), Some(Mark::STALE), "nobody could look");
        let judged = |decision: Decision| Noted::of(&pair, Timestamp::from_nanoseconds(0)).judged(&decision);
        assert!(judged(upload()).doubtful && judged(Decision::Keep).incomplete, "no row tells of the object");
    }

    #[test]
    fn what_could_not_be_looked_at_keeps_its_mark() {
        let mark_then = Some(Mark::STALE);
        assert_eq!(mark(&Pair { mark_then, ..pair(Proof::Times) }, &Decision::Keep), mark_then);
    }
}
