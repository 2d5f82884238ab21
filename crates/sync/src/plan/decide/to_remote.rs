//! What the remote lacks of the local tree.

use super::times::{self, Content};
use super::{Comparison, Decision, same_attributes, tied_to};
use crate::entry::Entry;
use crate::local::{LocalFile, LocalWhat};
use crate::manifest::{FileRecord, Record, RemoteFile, RemoteWhat, What};
use crate::path::RelativePath;
use crate::plan::{AttributesReason, CopyReason, DeleteReason, Pair, Proof, Step, Victim};

pub(super) fn decide(pair: Pair, comparison: &Comparison) -> Decision {
    let circumstances = Circumstances::of(&pair);
    let inode_then = pair.mark_then.and_then(|mark| mark.inode());
    match (pair.path, pair.local, pair.remote) {
        (Some(path), Some(LocalWhat::File(file)), Some(RemoteWhat::File(remote))) => {
            both(path, file, remote, circumstances, comparison)
        }
        (Some(path), Some(LocalWhat::File(file)), _) => upload(path, file, CopyReason::New, circumstances),
        (path, Some(local), remote) if comparison.faithful => {
            no_file(path, local, remote, inode_then, comparison)
        }
        (Some(path), _, Some(remote)) if comparison.delete && !pair.unknown && !pair.untold => {
            gone(path, remote, circumstances.conflict, inode_then)
        }
        (path, _, Some(RemoteWhat::Finished)) => {
            Decision::Tidy(Box::new(Record { path, what: What::Absent }))
        }
        _ => Decision::Keep,
    }
}

/// What else is known of a pair with a file here.
#[derive(Clone, Copy)]
struct Circumstances {
    conflict: bool,
    proof: Proof,
    inode: u64,
}

impl Circumstances {
    const fn of(pair: &Pair) -> Self {
        Self { conflict: pair.conflict, proof: pair.proof, inode: pair.seen.inode }
    }
}

fn upload(
    path: RelativePath,
    file: LocalFile,
    reason: CopyReason,
    Circumstances { conflict: after_deletes, inode, .. }: Circumstances,
) -> Decision {
    let LocalFile { size, tie, .. } = file;
    Decision::Do(vec![Step::Upload { path, size, inode, tie, reason, after_deletes }])
}

fn both(
    path: RelativePath,
    file: LocalFile,
    remote: RemoteFile,
    circumstances: Circumstances,
    comparison: &Comparison,
) -> Decision {
    match content(&file, &remote, circumstances.proof, comparison) {
        Content::Ask => Decision::Ask,
        Content::Read => Decision::Read,
        Content::Differs(reason) => upload(path, file, reason, circumstances),
        Content::Same if !comparison.faithful => Decision::Same,
        Content::Same => details(path, file, remote),
    }
}

/// The manifest knows times to the nanosecond, whatever the store keeps.
fn content(file: &LocalFile, remote: &RemoteFile, proof: Proof, comparison: &Comparison) -> Content {
    match remote.record.as_ref().filter(|_| remote.described) {
        Some(record) if record.size != file.size => Content::Differs(CopyReason::SizeDiffers),
        Some(record) if record.attributes.modified != file.attributes.modified => {
            Content::Differs(CopyReason::TimeDiffers)
        }
        Some(record) => match (proof, record.hash) {
            (Proof::Times, _) | (Proof::Doubtful, None) | (Proof::Read { same: true, .. }, _) => {
                Content::Same
            }
            (Proof::Changed | Proof::Wanted | Proof::Doubtful, Some(_)) => Content::Read,
            (Proof::Changed | Proof::Wanted, None) => Content::Differs(CopyReason::MayDiffer),
            (Proof::Read { same: false, .. }, _) => Content::Differs(CopyReason::ContentDiffers),
        },
        None if was_replaced(file, remote) => Content::Differs(CopyReason::Replaced),
        None => match by_times(file, remote, comparison) {
            Content::Same if proof == Proof::Changed => Content::Differs(CopyReason::MayDiffer),
            told => told,
        },
    }
}

fn by_times(file: &LocalFile, remote: &RemoteFile, comparison: &Comparison) -> Content {
    let here = (file.size, file.attributes.modified);
    times::compare(here, &remote.entry, comparison.direction, comparison.store_precision)
}

/// Whether the object is not the one that this very file was uploaded as. Its time may be the file's all the same.
fn was_replaced(file: &LocalFile, remote: &RemoteFile) -> bool {
    let Some(record) = &remote.record else { return false };
    let unchanged = (record.size, record.attributes.modified) == (file.size, file.attributes.modified);
    unchanged
        && record.stored.tag.is_some()
        && remote.entry.tag.is_some()
        && record.stored.tag != remote.entry.tag
}

/// The content is there; the manifest may not know it, or know other attributes.
fn details(path: RelativePath, file: LocalFile, remote: RemoteFile) -> Decision {
    let record = remote.record.filter(|_| remote.described);
    let (reason, known) = match record {
        Some(known) => {
            let same = same_attributes(&file.attributes, &known.attributes, false, std::time::Duration::ZERO)
                && tied_to(&path, file.tie.as_ref()) == tied_to(&path, known.tie.as_ref());
            if same {
                return Decision::Same;
            }
            (AttributesReason::Differ, known)
        }
        None => (AttributesReason::New, described_by(remote.entry, &file)),
    };
    let what = What::File(FileRecord { attributes: file.attributes, tie: file.tie, ..known });
    Decision::Do(vec![Step::Attributes { record: Box::new(Record { path: Some(path), what }), reason }])
}

/// A record for an object that we did not write. Its content was not read, so that nothing is known of its hash.
fn described_by(entry: Entry, file: &LocalFile) -> FileRecord {
    let (attributes, tie) = (file.attributes.clone(), file.tie.clone());
    FileRecord { size: entry.size, attributes, hash: None, stored: entry.into(), tie, sparse: false }
}

/// Folders, links and special files live in the manifest alone.
fn no_file(
    path: Option<RelativePath>,
    local: LocalWhat,
    remote: Option<RemoteWhat>,
    inode_then: Option<u64>,
    comparison: &Comparison,
) -> Decision {
    let mut steps = Vec::new();
    let mut reason = AttributesReason::New;
    match (&remote, &path) {
        (Some(RemoteWhat::File(RemoteFile { entry, .. }) | RemoteWhat::Doomed(entry)), Some(path)) => {
            if !comparison.delete {
                return Decision::Keep;
            }
            let (path, reason) = (path.clone(), DeleteReason::InTheWay);
            let victim = Victim::Replaced { size: entry.size, inode: inode_then };
            steps.push(Step::Delete { path, victim, reason });
        }
        (Some(remote), _) if is_same(&local, remote) => return Decision::Same,
        (Some(RemoteWhat::Folder(_) | RemoteWhat::SymbolicLink { .. } | RemoteWhat::Special(_)), _) => {
            reason = AttributesReason::Differ;
        }
        _ => {}
    }
    let what = match local {
        LocalWhat::Folder(attributes) => What::Folder(attributes),
        LocalWhat::SymbolicLink { target, attributes } => What::SymbolicLink { target, attributes },
        LocalWhat::Special(kind) => What::Special(kind),
        LocalWhat::File(_) => return Decision::Keep,
    };
    steps.push(Step::Attributes { record: Box::new(Record { path, what }), reason });
    Decision::Do(steps)
}

fn is_same(local: &LocalWhat, remote: &RemoteWhat) -> bool {
    let exactly = std::time::Duration::ZERO;
    match (local, remote) {
        (LocalWhat::Folder(here), RemoteWhat::Folder(there)) => same_attributes(here, there, false, exactly),
        (
            LocalWhat::SymbolicLink { target: says, attributes: here },
            RemoteWhat::SymbolicLink { target, attributes: there },
        ) => says == target && same_attributes(here, there, true, exactly),
        (LocalWhat::Special(here), RemoteWhat::Special(there)) => here == there,
        _ => false,
    }
}

fn gone(path: RelativePath, remote: RemoteWhat, conflict: bool, inode: Option<u64>) -> Decision {
    match remote {
        RemoteWhat::File(RemoteFile { entry, .. }) | RemoteWhat::Doomed(entry) => {
            let reason = if conflict { DeleteReason::InTheWay } else { DeleteReason::Gone };
            Decision::Do(vec![Step::Delete { path, victim: Victim::Object { entry, inode }, reason }])
        }
        RemoteWhat::Finished => Decision::Tidy(Box::new(Record { path: Some(path), what: What::Absent })),
        _ => {
            let record = Box::new(Record { path: Some(path), what: What::Absent });
            Decision::Do(vec![Step::Attributes { record, reason: AttributesReason::Gone }])
        }
    }
}
