//! What a restore does where it keeps local changes: it brings what the remote has, but only over what is here as a
//! restore or sync left it. Pure.
//!
//! The base is what was there when volume and remote last agreed. Here as in the base: the remote's is taken. There as in the
//! base, and here not: a local change, kept. Neither: a conflict, and both stay. Without a base nothing that differs is
//! ever taken for unchanged.

use std::time::Duration;

use super::from_remote::{self, is_there};
use super::{Comparison, Decision, tied_to};
use crate::attributes::{Attributes, Extended};
use crate::entry::Modified;
use crate::local::{LocalFile, LocalWhat};
use crate::manifest::{FileRecord, Record, RemoteWhat, What};
use crate::path::RelativePath;
use crate::plan::{AttributesReason, Lost, Pair, Past, Step, Terms};

pub(super) fn decide(pair: Pair, comparison: &Comparison, terms: &Terms) -> Decision {
    if let (Some(LocalWhat::Folder(here)), Some(RemoteWhat::Folder(there))) = (&pair.local, &pair.remote) {
        let (judgement, wanted) = folder((here, there), pair.past.as_deref(), comparison, terms);
        return match judgement {
            Judgement::Take if wanted == *here => Decision::Same,
            Judgement::Take => give(pair.path, wanted),
            kept => stay(pair.path, kept),
        };
    }
    let judgement = judge(&pair, comparison, terms);
    let path = pair.path.clone();
    let bare = terms.mixed && has_new_content(&pair, comparison, terms.lost);
    let same_content = has_content_of_remote(&pair, comparison, terms.lost);
    match from_remote::decide(pair, comparison) {
        Decision::Do(steps) if bare && (same_content || steps.iter().all(gives_attributes_to_a_file)) => {
            Decision::Do(steps)
        }
        Decision::Do(_) if judgement != Judgement::Take => stay(path, judgement),
        other => other,
    }
}

/// A file that came from the remote before its record did has the very content of it, and no attributes yet.
fn has_new_content(pair: &Pair, comparison: &Comparison, lost: Lost) -> bool {
    let base = pair.past.as_ref().and_then(|past| past.base.as_ref());
    match (&pair.local, base) {
        (Some(local), Some(base)) => !has_content_of(local, base, comparison.local_precision, lost),
        (local, None) => local.is_some(),
        _ => false,
    }
}

/// By the record, or as a restore left it that had none: with the very time that the store itself tells, however roughly
/// that keeps it. A file that was written here since has a time of its own, also within the same second.
fn has_content_of_remote(pair: &Pair, comparison: &Comparison, lost: Lost) -> bool {
    let (Some(local @ LocalWhat::File(here)), Some(RemoteWhat::File(there))) = (&pair.local, &pair.remote)
    else {
        return false;
    };
    let precision = comparison.local_precision;
    let record = there.record.as_ref().filter(|_| there.described);
    let as_told = match there.entry.modified {
        Modified::At(time) | Modified::StoredAt(time) => {
            time.same_within(here.attributes.modified, precision)
        }
        Modified::Ask | Modified::Unknown => false,
    };
    record.is_some_and(|record| is_content_of(local, record, precision, lost))
        || as_told && here.size == there.entry.size
}

fn gives_attributes_to_a_file(step: &Step) -> bool {
    matches!(step, Step::Attributes { record, .. } if matches!(record.what, What::File(_)))
}

pub(super) fn folder_in_the_end(
    pair: &Pair,
    there: &Attributes,
    comparison: &Comparison,
    terms: &Terms,
) -> Option<Attributes> {
    match &pair.local {
        Some(LocalWhat::Folder(here)) => {
            Some(folder((here, there), pair.past.as_deref(), comparison, terms).1)
        }
        _ => (judge(pair, comparison, terms) == Judgement::Take).then(|| there.clone()),
    }
}

/// Whose version of a path is to be here in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judgement {
    /// The remote's.
    Take,
    /// The local one, which the remote does not have yet.
    Keep,
    /// The local one, until somebody decides.
    Conflict,
    /// Nobody knows before the remote was asked whether its object is the one of the base.
    Ask,
}

fn stay(path: Option<RelativePath>, judgement: Judgement) -> Decision {
    match (judgement, path) {
        // The root of a volume belongs to whoever mounted it.
        (_, None) => Decision::Same,
        (Judgement::Ask, _) => Decision::Ask,
        (Judgement::Conflict, Some(path)) => Decision::Conflict(path),
        _ => Decision::Kept,
    }
}

fn give(path: Option<RelativePath>, attributes: Attributes) -> Decision {
    let record = Box::new(Record { path, what: What::Folder(attributes) });
    Decision::Do(vec![Step::Attributes { record, reason: AttributesReason::Differ }])
}

fn judge(pair: &Pair, comparison: &Comparison, terms: &Terms) -> Judgement {
    let remote = pair.remote.as_ref().filter(|remote| is_there(remote));
    let base = pair.past.as_ref().map(|past| past.base.as_ref());
    match (&pair.local, &pair.past) {
        (None, _) if !terms.missing_is_deleted => Judgement::Take,
        (None, _) => match base.flatten() {
            None => Judgement::Take,
            Some(What::SymbolicLink { .. }) if terms.lost.links => Judgement::Take,
            Some(_) => match changed_here(pair, remote, comparison, terms) {
                // A restore that broke off may have taken away what stood in the way of this, and brought nothing yet.
                Judgement::Conflict if terms.broken && remote.is_some() => Judgement::Take,
                judgement => judgement,
            },
        },
        (Some(local), Some(past)) if is_as_it_was(pair, local, past, comparison, terms.lost) => {
            Judgement::Take
        }
        (Some(_), _) => match base {
            Some(_) => changed_here(pair, remote, comparison, terms),
            None if remote.is_none() || terms.ours => Judgement::Keep,
            None => Judgement::Conflict,
        },
    }
}

/// It was changed here. Was it changed there too?
fn changed_here(
    pair: &Pair,
    remote: Option<&RemoteWhat>,
    comparison: &Comparison,
    terms: &Terms,
) -> Judgement {
    let past = pair.past.as_deref();
    let brought = past.and_then(|past| past.brought.as_ref());
    match (remote, brought) {
        _ if terms.ours => Judgement::Keep,
        (Some(RemoteWhat::File(file)), _) if file.is_undecided() => Judgement::Ask,
        _ if remote_is_as_it_was(remote, past.and_then(|past| past.base.as_ref())) => Judgement::Keep,
        (Some(RemoteWhat::File(file)), Some(brought)) if !file.described => {
            match brought.describes(&file.entry, comparison.store_precision) {
                true => Judgement::Keep,
                false if file.entry.modified == Modified::Ask && brought.size == file.entry.size => {
                    Judgement::Ask
                }
                false => Judgement::Conflict,
            }
        }
        _ => Judgement::Conflict,
    }
}

fn remote_is_as_it_was(remote: Option<&RemoteWhat>, base: Option<&What>) -> bool {
    match (remote, base) {
        (None, None) => true,
        (Some(RemoteWhat::File(file)), Some(What::File(base))) => {
            let same = |record: &FileRecord| {
                (record.size, &record.attributes, &record.stored)
                    == (base.size, &base.attributes, &base.stored)
            };
            file.described && file.record.as_ref().is_some_and(same)
        }
        (Some(RemoteWhat::Folder(there)), Some(What::Folder(base))) => {
            agree_but_for_time(there, base, Lost::default())
        }
        (
            Some(RemoteWhat::SymbolicLink { target, attributes }),
            Some(What::SymbolicLink { target: said, attributes: had }),
        ) => (target, attributes) == (said, had),
        (Some(RemoteWhat::Special(there)), Some(What::Special(base))) => there == base,
        _ => false,
    }
}

/// Whether this is what a restore or sync left here.
fn is_as_it_was(pair: &Pair, local: &LocalWhat, past: &Past, comparison: &Comparison, lost: Lost) -> bool {
    let precision = comparison.local_precision;
    let same_content = |what: &What| has_content_of(local, what, precision, lost);
    let brought = |record: &FileRecord| is_content_of(local, record, precision, lost);
    match &past.base {
        Some(base) if same_content(base) => has_details_of(pair.path.as_ref(), local, base, precision, lost),
        // What broke off may have brought the content alone.
        None if past.brought_beneath && matches!(local, LocalWhat::Folder(_)) => true,
        _ => past.brought.as_ref().is_some_and(brought) || past.later.iter().any(same_content),
    }
}

fn has_content_of(local: &LocalWhat, what: &What, precision: Duration, lost: Lost) -> bool {
    match (local, what) {
        (_, What::File(record)) => is_content_of(local, record, precision, lost),
        (LocalWhat::Folder(_), What::Folder(_)) => true,
        (LocalWhat::SymbolicLink { target: says, .. }, What::SymbolicLink { target, .. }) => says == target,
        (LocalWhat::Special(here), What::Special(was)) => here == was,
        _ => false,
    }
}

fn is_content_of(local: &LocalWhat, record: &FileRecord, precision: Duration, lost: Lost) -> bool {
    let LocalWhat::File(file) = local else { return false };
    let same_time = file.attributes.modified.same_within(record.attributes.modified, precision);
    file.size == record.size && (lost.time || same_time)
}

/// Everything but the content. Times of folders say nothing: whatever happens inside changes them.
fn has_details_of(
    path: Option<&RelativePath>,
    local: &LocalWhat,
    what: &What,
    precision: Duration,
    lost: Lost,
) -> bool {
    match (local, what) {
        (LocalWhat::File(file), What::File(record)) => {
            agree_but_for_time(&file.attributes, &record.attributes, lost)
                && (lost.ties || same_tie(path, file, record))
        }
        (LocalWhat::Folder(here), What::Folder(was)) => agree_but_for_time(here, was, lost),
        (LocalWhat::SymbolicLink { attributes: here, .. }, What::SymbolicLink { attributes: was, .. }) => {
            let same_time = lost.time || here.modified.same_within(was.modified, precision);
            // The mode of a link means nothing.
            same_time && agree_but_for_time(here, was, Lost { mode: true, ..lost })
        }
        _ => true,
    }
}

fn same_tie(path: Option<&RelativePath>, file: &LocalFile, record: &FileRecord) -> bool {
    path.is_none_or(|path| tied_to(path, file.tie.as_ref()) == tied_to(path, record.tie.as_ref()))
}

fn agree_but_for_time(one: &Attributes, other: &Attributes, lost: Lost) -> bool {
    let kept = |extended: &&Extended| !(if extended.is_acl() { lost.acl } else { lost.extended });
    (lost.owner || (one.owner, one.group) == (other.owner, other.group))
        && (lost.mode || one.mode == other.mode)
        && one.extended.iter().filter(kept).eq(other.extended.iter().filter(kept))
}

/// A folder that both sides have: whose attributes it is to have, and which these are.
fn folder(
    (here, there): (&Attributes, &Attributes),
    past: Option<&Past>,
    comparison: &Comparison,
    terms: &Terms,
) -> (Judgement, Attributes) {
    let attributes = |what: &'_ What| match what {
        What::Folder(attributes) => Some(attributes.clone()),
        _ => None,
    };
    let versions = past.into_iter().flat_map(|past| past.base.iter().chain(&past.later));
    let versions: Vec<Attributes> = versions.filter_map(attributes).collect();
    let bare = past.is_none() && terms.mixed;
    let unchanged = bare || versions.iter().any(|version| agree_but_for_time(here, version, terms.lost));
    if !unchanged && !agree_but_for_time(here, there, terms.lost) {
        let base = past.and_then(|past| past.base.as_ref());
        let theirs = RemoteWhat::Folder(there.clone());
        let kept = terms.ours || past.is_some() && remote_is_as_it_was(Some(&theirs), base);
        return (if kept { Judgement::Keep } else { Judgement::Conflict }, here.clone());
    }
    let same_time =
        |version: &Attributes| version.modified.same_within(here.modified, comparison.local_precision);
    let theirs = bare || terms.disturbed || same_time(there) || versions.iter().any(same_time);
    let modified = if theirs { there.modified } else { here.modified };
    let wanted = Attributes { modified, ..there.clone() };
    // What this file system keeps only roughly is no reason to touch it.
    let rough = same_time(&wanted) && Attributes { modified: here.modified, ..wanted.clone() } == *here;
    (Judgement::Take, if rough { here.clone() } else { wanted })
}

#[cfg(test)]
#[path = "keep_tests.rs"]
mod tests;
