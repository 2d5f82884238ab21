//! What is known of a volume's past, path by path: how it was when it last agreed with its remote.

use std::iter::Peekable;

use crate::attributes::Loss;
use crate::manifest::{Damaged, FileRecord, Record, Records, What};
use crate::path::RelativePath;
use crate::receipt::Receipt;

/// The past of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// What was there when volume and remote last agreed.
    pub base: Option<What>,
    /// What else a restore that has not ended, or one from a remote that somebody was writing to, may have put there.
    pub later: Vec<What>,
    /// The file that no record described, as the last restore found it there and left it here.
    pub brought: Option<FileRecord>,
    /// Whether it left such a file somewhere beneath, and so made a folder here.
    pub brought_beneath: bool,
}

/// How to tell what was changed here from what a restore did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whether a file that is missing here was deleted here, and not left out by a restore or a copy of the volume.
    pub missing_is_deleted: bool,
    /// Whether what the remote has beyond its manifest came from here: the sync that was writing it was this volume's.
    pub ours: bool,
    /// Whether a restore that has not ended changed what folders hold, and with it their times.
    pub disturbed: bool,
    /// Whether a restore may have broken off after it took something away, and before it brought what comes in its place.
    pub broken: bool,
    /// Whether there were files to restore whose manifest was missing or not written yet: their attributes are nobody's.
    pub mixed: bool,
    /// What could not be given back here.
    pub lost: Lost,
}

/// Kinds of attributes in which a difference is no change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lost {
    /// Owner or group.
    pub owner: bool,
    /// Permission bits.
    pub mode: bool,
    /// Modification times.
    pub time: bool,
    /// POSIX ACLs.
    pub acl: bool,
    /// Other extended attributes.
    pub extended: bool,
    /// Symbolic links.
    pub links: bool,
    /// Which names belong to one file.
    pub ties: bool,
}

impl Lost {
    /// Those that a receipt names.
    #[must_use]
    pub fn of(receipt: &Receipt) -> Self {
        let lost = |loss| receipt.lost.contains(&loss);
        Self {
            owner: lost(Loss::Owner),
            mode: lost(Loss::Mode),
            time: lost(Loss::Time),
            acl: lost(Loss::Acl),
            extended: lost(Loss::Extended),
            links: lost(Loss::SymbolicLink),
            ties: lost(Loss::HardLink),
        }
    }
}

/// The past of all paths.
pub(crate) struct History {
    /// `None`: nobody knows.
    pub(crate) base: Option<Records>,
    /// What came of restores that have not ended.
    pub(crate) later: Vec<Records>,
    /// What the last restore brought that no record described.
    pub(crate) brought: Option<Records>,
    pub(crate) terms: Terms,
}

/// The same, asked for one path after the other, in their order.
pub(super) struct Walk {
    base: Option<Peekable<Records>>,
    later: Vec<Peekable<Records>>,
    brought: Option<Peekable<Records>>,
    pub(super) error: Option<Damaged>,
}

impl Walk {
    pub(super) fn new(history: History) -> Self {
        let later = history.later.into_iter().map(Iterator::peekable).collect();
        let base = history.base.map(Iterator::peekable);
        Self { base, later, brought: history.brought.map(Iterator::peekable), error: None }
    }

    /// The past of this path; `None` where nobody knows it.
    pub(super) fn at(&mut self, path: Option<&RelativePath>) -> Option<Box<Past>> {
        let base = take(self.base.as_mut()?, path, &mut self.error);
        let later =
            self.later.iter_mut().filter_map(|records| take(records, path, &mut self.error)).collect();
        let brought = self.brought.as_mut().and_then(|records| take(records, path, &mut self.error));
        let brought = match brought {
            Some(What::File(record)) => Some(record),
            _ => None,
        };
        let beneath = |next: &Result<Record, _>| match (next, path) {
            (Ok(next), Some(path)) => next.path.as_ref().is_some_and(|next| next.is_beneath(path)),
            _ => false,
        };
        let brought_beneath =
            self.brought.as_mut().is_some_and(|records| records.peek().is_some_and(beneath));
        Some(Box::new(Past { base, later, brought, brought_beneath }))
    }
}

/// The record for this path, if there is one that says that something was there.
fn take(
    records: &mut Peekable<Records>,
    path: Option<&RelativePath>,
    error: &mut Option<Damaged>,
) -> Option<What> {
    let reached = |record: &Result<_, _>| match record {
        Ok(Record { path: here, .. }) => here.as_ref() <= path,
        Err(_) => true,
    };
    while let Some(record) = records.next_if(reached) {
        match record {
            Ok(record) if record.path.as_ref() == path => {
                return Some(record.what).filter(|what| !matches!(what, What::Deleted { .. } | What::Absent));
            }
            Ok(_) => {}
            Err(damaged) => *error = Some(damaged),
        }
    }
    None
}
