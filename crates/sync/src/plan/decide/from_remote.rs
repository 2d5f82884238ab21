//! What the local tree lacks of the remote.

use super::times::{self, Content};
use super::{Comparison, Decision, same_attributes, tied_to};
use crate::attributes::{Attributes, Loss};
use crate::local::{LocalFile, LocalWhat};
use crate::manifest::{FileRecord, Record, RemoteFile, RemoteWhat, SpecialKind, What};
use crate::path::RelativePath;
use crate::plan::{AttributesReason, CopyReason, DeleteReason, Pair, Step, Victim};

pub(super) fn decide(pair: Pair, comparison: &Comparison) -> Decision {
    let conflict = pair.conflict;
    let remote = pair.remote.filter(is_there);
    if pair.untold && !matches!(remote, Some(RemoteWhat::File(_))) {
        return Decision::Keep;
    }
    match (pair.path, remote, pair.local) {
        (Some(path), Some(RemoteWhat::File(remote)), Some(LocalWhat::File(file))) => {
            both(path, remote, &file, conflict, comparison)
        }
        (Some(path), Some(RemoteWhat::File(remote)), local) => {
            let clear = clear(&path, local.as_ref().filter(|local| is_folder(local)), comparison);
            let late = conflict || !clear.is_empty();
            after(clear, bring(&path, remote, CopyReason::New, late))
        }
        (path, Some(RemoteWhat::Folder(attributes)), local) => folder(path, attributes, local, comparison),
        (Some(path), Some(RemoteWhat::SymbolicLink { target, attributes }), local) => {
            link(path, target, attributes, local, comparison)
        }
        (_, Some(RemoteWhat::Special(kind)), local) => special(kind, local.as_ref()),
        (Some(path), _, Some(local)) => gone(path, &local, conflict, comparison),
        _ => Decision::Keep,
    }
}

/// What is to be deleted, or has lost its object, is not there any more.
pub(super) const fn is_there(what: &RemoteWhat) -> bool {
    !matches!(what, RemoteWhat::Doomed(_) | RemoteWhat::Finished | RemoteWhat::Lost(_))
}

const fn is_folder(local: &LocalWhat) -> bool {
    matches!(local, LocalWhat::Folder(_))
}

/// A delete of what stands in the way here.
fn clear(path: &RelativePath, in_the_way: Option<&LocalWhat>, comparison: &Comparison) -> Vec<Step> {
    let Some(local) = in_the_way.filter(|_| comparison.delete) else { return Vec::new() };
    vec![Step::Delete { path: path.clone(), victim: victim(local), reason: DeleteReason::InTheWay }]
}

const fn victim(local: &LocalWhat) -> Victim {
    if is_folder(local) { Victim::Folder } else { Victim::File }
}

fn after(mut clear: Vec<Step>, then: Decision) -> Decision {
    match then {
        Decision::Do(steps) => {
            clear.extend(steps);
            Decision::Do(clear)
        }
        other => other,
    }
}

/// A file comes as a copy, or as another name of one that is here.
fn bring(path: &RelativePath, remote: RemoteFile, reason: CopyReason, after_deletes: bool) -> Decision {
    let tie = remote.record.as_ref().and_then(|record| record.tie.as_ref());
    let step = match tied_to(path, tie).cloned() {
        Some(first) => Step::Tie { first, file: Box::new(remote) },
        None => Step::Download { file: Box::new(remote), reason, after_deletes },
    };
    Decision::Do(vec![step])
}

fn both(
    path: RelativePath,
    remote: RemoteFile,
    file: &LocalFile,
    conflict: bool,
    comparison: &Comparison,
) -> Decision {
    match content(&remote, file, comparison) {
        Content::Ask => Decision::Ask,
        Content::Read => Decision::Read,
        Content::Differs(reason) => bring(&path, remote, reason, conflict),
        Content::Same => details(path, remote, file, conflict, comparison),
    }
}

fn content(remote: &RemoteFile, file: &LocalFile, comparison: &Comparison) -> Content {
    let local = file.attributes.modified;
    match remote.record.as_ref().filter(|_| remote.described) {
        Some(record) if record.size != file.size => Content::Differs(CopyReason::SizeDiffers),
        Some(record) if !record.attributes.modified.same_within(local, comparison.local_precision) => {
            Content::Differs(CopyReason::TimeDiffers)
        }
        Some(_) => Content::Same,
        None => {
            let precision = comparison.store_precision.max(comparison.local_precision);
            times::compare((file.size, local), &remote.entry, comparison.direction, precision)
        }
    }
}

/// The content is here; names and attributes may be others.
fn details(
    path: RelativePath,
    remote: RemoteFile,
    file: &LocalFile,
    conflict: bool,
    comparison: &Comparison,
) -> Decision {
    let Some(record) = &remote.record else { return Decision::Same };
    let (there, here) = (tied_to(&path, record.tie.as_ref()), tied_to(&path, file.tie.as_ref()));
    if there != here {
        return bring(&path, remote, CopyReason::Tied, conflict);
    }
    let attributes = match remote.described {
        true => record.attributes.clone(),
        // The time of a copy that somebody else made is its own.
        false => Attributes { modified: file.attributes.modified, ..record.attributes.clone() },
    };
    if same_attributes(&attributes, &file.attributes, false, comparison.local_precision) {
        return Decision::Same;
    }
    let what = What::File(FileRecord { attributes, ..record.clone() });
    give(Some(path), what, AttributesReason::Differ)
}

fn give(path: Option<RelativePath>, what: What, reason: AttributesReason) -> Decision {
    Decision::Do(vec![Step::Attributes { record: Box::new(Record { path, what }), reason }])
}

fn folder(
    path: Option<RelativePath>,
    attributes: Attributes,
    local: Option<LocalWhat>,
    comparison: &Comparison,
) -> Decision {
    let reason = match &local {
        Some(LocalWhat::Folder(here))
            if same_attributes(&attributes, here, false, comparison.local_precision) =>
        {
            return Decision::Same;
        }
        Some(LocalWhat::Folder(_)) => AttributesReason::Differ,
        _ => AttributesReason::New,
    };
    let in_the_way = local.as_ref().filter(|local| !is_folder(local));
    let clear = path.as_ref().map_or_else(Vec::new, |path| clear(path, in_the_way, comparison));
    after(clear, give(path, What::Folder(attributes), reason))
}

fn link(
    path: RelativePath,
    target: Vec<u8>,
    attributes: Attributes,
    local: Option<LocalWhat>,
    comparison: &Comparison,
) -> Decision {
    let reason = match &local {
        Some(LocalWhat::SymbolicLink { target: says, attributes: here })
            if *says == target && same_attributes(&attributes, here, true, comparison.local_precision) =>
        {
            return Decision::Same;
        }
        Some(LocalWhat::SymbolicLink { .. }) => AttributesReason::Differ,
        _ => AttributesReason::New,
    };
    let clear = clear(&path, local.as_ref().filter(|local| is_folder(local)), comparison);
    after(clear, give(Some(path), What::SymbolicLink { target, attributes }, reason))
}

fn special(kind: SpecialKind, local: Option<&LocalWhat>) -> Decision {
    match local {
        Some(LocalWhat::Special(here)) if *here == kind => Decision::Same,
        _ => Decision::Lost(Loss::Special),
    }
}

/// Without a manifest nobody knows whether the truth had a folder or link here. A folder holds nothing by itself, so that
/// it makes room for a file; a link is content of its own, and stays.
fn gone(path: RelativePath, local: &LocalWhat, conflict: bool, comparison: &Comparison) -> Decision {
    let makes_room = conflict && is_folder(local);
    let known = comparison.faithful || makes_room || matches!(local, LocalWhat::File(_));
    if !comparison.delete || !known {
        return Decision::Keep;
    }
    let reason = if conflict { DeleteReason::InTheWay } else { DeleteReason::Gone };
    Decision::Do(vec![Step::Delete { path, victim: victim(local), reason }])
}
