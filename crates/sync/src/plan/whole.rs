//! The whole plan: its steps, each kind in a list of its own, in the order of their paths.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::decide::Decision;
use super::memory::Memory;
use super::missed::Missed;
use super::moves::{Half, Moves};
use super::sides::Notes;
use super::step::{Step, Totals, Victim};
use crate::attributes::{Attributes, Losses};
use crate::engine::SyncError;
use crate::index::Row;
use crate::local::SkippedKind;
use crate::manifest::{Record, is_part};
use crate::path::RelativePath;
use crate::remote::Remote;
use crate::report::{Failure, FailureKind, KEPT_FAILURES};
use crate::spool::{Sorter, Spool};

const BOTH_CHANGED: &str = "it was changed here and on the remote; both stay as they are";

/// All steps of a sync, and what was met on the way to them.
pub struct Plan {
    /// Copies that can go at once.
    pub(crate) copies: Spool<Step>,
    /// Deletes; they go when all copies went well.
    pub(crate) deletes: Spool<Step>,
    /// Copies that something of the other side is in the way of; they go once that is deleted.
    pub(crate) late_copies: Spool<Step>,
    /// What is no copying and no deleting: attributes, folders, links, and names of one file.
    pub(crate) attributes: Spool<Step>,
    /// All folders of the remote, for the end of a restore: what is done inside a folder changes its time.
    pub(crate) folders: Sorter<DeepestFirst>,
    /// Goes into the manifest when it is written anyway.
    pub(crate) tidy: Spool<Record>,
    /// Temporary files of earlier runs in the local tree.
    pub(crate) leftovers: Vec<RelativePath>,
    /// What is already known not to work.
    pub(crate) failures: Vec<Failure>,
    /// The files among it.
    pub(crate) missed: Missed,
    /// Where something was mounted inside the source, and the remote keeps what it has.
    pub(crate) unmounted: BTreeSet<RelativePath>,
    /// What cannot be synced.
    pub(crate) skipped: BTreeMap<SkippedKind, u64>,
    /// What the destination cannot hold.
    pub(crate) losses: Losses,
    /// The objects under `.podfs/`.
    pub(crate) own: Vec<RelativePath>,
    /// Files that moved, where the store can copy.
    pub(crate) moves: Moves,
    /// What the index is to remember once all of it went well.
    pub(crate) rows: Spool<Row>,
    /// The remote has something of which no row tells.
    pub(crate) incomplete: bool,
    /// The same, until all files are uploaded.
    pub(crate) doubtful: bool,
    /// Whether the remote is not all that its manifest says, because somebody else changed it.
    pub(crate) mixed: bool,
    /// Files that no record describes and that are here as they are there.
    pub(crate) brought: Sorter<Record>,
    /// What it comes to.
    pub(crate) totals: Totals,
}

/// A folder with its attributes; inner folders come before those that hold them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct DeepestFirst(pub(crate) Reverse<Option<RelativePath>>, pub(crate) Attributes);

/// A pair after its judgement.
pub(super) struct Judged {
    /// Whether the truth has a file or link there.
    pub(super) in_source: bool,
    /// Whether the other side has one.
    pub(super) in_destination: bool,
    /// Whether the remote's manifest does not say what the remote has there.
    pub(super) mixed: bool,
    /// A file that no record describes and that stays.
    pub(super) brought: Option<Record>,
    /// A folder that is to have these attributes in the end.
    pub(super) folder: Option<DeepestFirst>,
    pub(super) decision: Decision,
    /// For the index.
    pub(super) memory: Memory,
    /// Where it may be half of a move.
    pub(super) half: Option<Half>,
}

impl Plan {
    pub(super) fn new(scratch: &Path, own: Vec<RelativePath>, failures: Vec<Failure>) -> Self {
        Self {
            copies: Spool::new(scratch),
            deletes: Spool::new(scratch),
            late_copies: Spool::new(scratch),
            attributes: Spool::new(scratch),
            folders: Sorter::new(scratch),
            tidy: Spool::new(scratch),
            leftovers: Vec::new(),
            failures,
            missed: Missed::default(),
            unmounted: BTreeSet::new(),
            skipped: BTreeMap::new(),
            losses: Losses::default(),
            own,
            moves: Moves::default(),
            rows: Spool::new(scratch),
            incomplete: false,
            doubtful: false,
            mixed: false,
            brought: Sorter::new(scratch),
            totals: Totals::default(),
        }
    }

    /// Counts a judged pair and keeps the steps that came of it.
    pub(super) fn take(&mut self, judged: Judged, name_check: Option<&dyn Remote>) -> io::Result<()> {
        self.totals.source_files += u64::from(judged.in_source);
        self.totals.destination_files += u64::from(judged.in_destination);
        self.mixed |= judged.mixed;
        if let Some(record) = judged.brought {
            self.brought.push(record)?;
        }
        if let Some(folder) = judged.folder {
            self.folders.push(folder)?;
        }
        self.incomplete |= judged.memory.incomplete;
        self.doubtful |= judged.memory.doubtful;
        judged.memory.rows.iter().try_for_each(|row| self.rows.push(row))?;
        match judged.decision {
            Decision::Do(steps) => {
                self.moves.take(judged.half, &steps);
                steps.into_iter().try_for_each(|step| self.push(step, name_check))
            }
            Decision::Same => {
                self.totals.unchanged += u64::from(judged.in_source);
                Ok(())
            }
            Decision::Lost(loss) => {
                self.losses.note(loss);
                Ok(())
            }
            Decision::Kept => {
                self.totals.kept += 1;
                Ok(())
            }
            Decision::Conflict(path) => {
                self.conflict(&path);
                Ok(())
            }
            Decision::Tidy(record) => self.tidy.push(&record),
            Decision::Keep | Decision::Ask | Decision::Read => Ok(()),
        }
    }

    fn push(&mut self, step: Step, name_check: Option<&dyn Remote>) -> io::Result<()> {
        let (size, late) = match &step {
            Step::Delete { victim, .. } => {
                self.totals.deletes += u64::from(*victim != Victim::Folder);
                return self.deletes.push(&step);
            }
            Step::Attributes { .. } | Step::Tie { .. } => {
                self.totals.attributes += 1;
                return self.attributes.push(&step);
            }
            Step::Upload { size, after_deletes, .. } => (*size, *after_deletes),
            Step::Download { file, after_deletes, .. } => (file.entry.size, *after_deletes),
        };
        if let Some(path) = step.path()
            && let Some(Err(error)) = name_check.map(|remote| remote.check_name(path))
        {
            let (path, kind) = (path.to_string(), FailureKind::of(&error));
            self.missed.note_upload(&step);
            self.failures.push(Failure { path, error: error.to_string(), kind });
            return Ok(());
        }
        self.totals.bytes = self.totals.bytes.saturating_add(size);
        self.totals.copies += 1;
        if late { self.late_copies.push(&step) } else { self.copies.push(&step) }
    }

    /// Counts files and links that nothing happened to.
    pub(super) const fn pass(&mut self, known: u64) {
        self.totals.source_files += known;
        self.totals.destination_files += known;
        self.totals.unchanged += known;
    }

    /// All are counted; the first are kept with their paths, and the rest are logged.
    fn conflict(&mut self, path: &RelativePath) {
        self.totals.conflicts += 1;
        if self.totals.conflicts > KEPT_FAILURES as u64 {
            tracing::warn!(%path, "{BOTH_CHANGED}");
            return;
        }
        let (path, error) = (path.to_string(), BOTH_CHANGED.to_owned());
        self.failures.push(Failure { path, error, kind: FailureKind::Conflict });
    }

    pub(super) fn finish(mut self, notes: Notes) -> Result<Self, SyncError> {
        if let Some(error) = notes.error {
            return Err(error);
        }
        self.failures.extend(notes.failures);
        notes.missed.iter().for_each(|(inode, size)| self.missed.note(*inode, *size));
        self.unmounted = notes.unmounted;
        self.leftovers = notes.leftovers;
        self.skipped = notes.skipped;
        Ok(self)
    }

    /// Whether parts of a manifest lie on the remote.
    pub(crate) fn has_parts(&self) -> bool {
        self.own.iter().any(is_part)
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.copies.is_empty()
            && self.deletes.is_empty()
            && self.late_copies.is_empty()
            && self.attributes.is_empty()
    }

    /// The steps: copies, deletes, copies that wait for the deletes, and attributes.
    ///
    /// # Errors
    /// When they cannot be read back from disk.
    pub(crate) fn steps(&mut self) -> io::Result<impl Iterator<Item = io::Result<Step>> + '_> {
        let Self { copies, deletes, late_copies, attributes, .. } = self;
        Ok(copies.items()?.chain(deletes.items()?).chain(late_copies.items()?).chain(attributes.items()?))
    }
}
