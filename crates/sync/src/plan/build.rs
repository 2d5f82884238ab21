//! Feeds both listings through merge and decision, and keeps the steps. Memory is bounded by a window.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use super::decide::{Comparison, Decision, decide};
use super::merge::{Found, Merge, Pair};
use super::step::{Step, Totals};
use crate::engine::SyncError;
use crate::entry::{Entry, Listed, Modified};
use crate::local::{LocalError, LocalRoot, Scan, Scanned, SkippedKind, is_temporary_name};
use crate::observer::Observer;
use crate::path::RelativePath;
use crate::remote::{ErrorKind, Remote, RemoteError};
use crate::report::Failure;
use crate::settings::{Direction, Settings};
use crate::spool::{Sorted, Sorter, Spool};

/// Pairs that travel together from the comparing thread.
const BATCH: usize = 256;
/// Modification times that are asked for at once.
const QUESTIONS: usize = 32;

/// All steps of a sync, and what was met on the way to them.
pub struct Plan {
    /// Copies that can go at once.
    pub(crate) copies: Spool<Step>,
    /// Deletes; they go when all copies went well.
    pub(crate) deletes: Spool<Step>,
    /// Copies that a file or folder of the other side is in the way of; they go after the deletes.
    pub(crate) late_copies: Spool<Step>,
    /// Temporary files of earlier runs in the local tree.
    pub(crate) leftovers: Vec<RelativePath>,
    /// What is already known not to work.
    pub(crate) failures: Vec<Failure>,
    /// What a mirror cannot hold.
    pub(crate) skipped: BTreeMap<SkippedKind, u64>,
    /// What it comes to.
    pub(crate) totals: Totals,
}

/// What the comparing thread met in the local tree.
#[derive(Default)]
struct Notes {
    excluded: Vec<RelativePath>,
    leftovers: Vec<RelativePath>,
    failures: Vec<Failure>,
    skipped: BTreeMap<SkippedKind, u64>,
    error: Option<SyncError>,
}

/// Compares both sides. `root` is `None` when the local folder does not exist.
pub(crate) async fn build(
    remote: &Arc<dyn Remote>,
    root: Option<Arc<LocalRoot>>,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Plan, SyncError> {
    let direction = settings.direction;
    let mut plan = Plan::new(&settings.scratch);
    let listing = sorted_listing(&**remote, settings, &mut plan.failures).await?;
    let (sender, receiver) = mpsc::channel(4);
    let local = Notes { excluded: settings.excluded.clone(), ..Notes::default() };
    let comparing =
        tokio::task::spawn_blocking(move || compare(root.as_deref(), local, listing, direction, &sender));

    let comparison = Comparison {
        delete: settings.delete,
        time_precision: remote.abilities().time_precision.unwrap_or(Duration::from_nanos(1)),
    };
    let name_check = (direction == Direction::ToRemote).then_some(&**remote);
    let judged = pairs(receiver).map(|pair| judge(remote, comparison, pair)).buffered(QUESTIONS);
    let mut judged = std::pin::pin!(judged);
    while let Some(judged) = judged.try_next().await? {
        plan.take(judged, name_check).map_err(SyncError::Scratch)?;
        let looked_at = plan.totals.source_files + plan.totals.destination_files;
        if looked_at.is_multiple_of(BATCH as u64) {
            observer.compared(looked_at);
        }
    }
    plan.finish(comparing.await?)
}

impl Plan {
    fn new(scratch: &Path) -> Self {
        Self {
            copies: Spool::new(scratch),
            deletes: Spool::new(scratch),
            late_copies: Spool::new(scratch),
            leftovers: Vec::new(),
            failures: Vec::new(),
            skipped: BTreeMap::new(),
            totals: Totals::default(),
        }
    }

    /// Counts a judged pair and keeps the step that came of it.
    fn take(&mut self, judged: Judged, name_check: Option<&dyn Remote>) -> io::Result<()> {
        self.totals.source_files += u64::from(judged.in_source);
        self.totals.destination_files += u64::from(judged.in_destination);
        let step = match judged.decision {
            Decision::Do(step) => step,
            Decision::Same => {
                self.totals.unchanged += 1;
                return Ok(());
            }
            _ => return Ok(()),
        };
        let (size, late) = match &step {
            Step::Delete { .. } => return self.deletes.push(&step),
            Step::Copy { entry, after_deletes, .. } => (entry.size, *after_deletes),
        };
        if let Some(Err(error)) = name_check.map(|remote| remote.check_name(step.path())) {
            let path = step.path().to_string();
            self.failures.push(Failure { path, error: error.to_string(), unreadable: false });
            return Ok(());
        }
        self.totals.bytes = self.totals.bytes.saturating_add(size);
        if late { self.late_copies.push(&step) } else { self.copies.push(&step) }
    }

    fn finish(mut self, notes: Notes) -> Result<Self, SyncError> {
        if let Some(error) = notes.error {
            return Err(error);
        }
        self.totals.copies = self.copies.len() + self.late_copies.len();
        self.totals.deletes = self.deletes.len();
        self.failures.extend(notes.failures);
        self.leftovers = notes.leftovers;
        self.skipped = notes.skipped;
        Ok(self)
    }

    /// Whether something is to be copied that cannot be, because the remote cannot hold its name.
    #[must_use]
    pub fn falls_short(&self) -> bool {
        self.failures.iter().any(|failure| !failure.unreadable)
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.copies.is_empty() && self.deletes.is_empty() && self.late_copies.is_empty()
    }
}

/// A pair after its judgement.
struct Judged {
    in_source: bool,
    in_destination: bool,
    decision: Decision,
}

fn pairs(receiver: mpsc::Receiver<Vec<Pair>>) -> impl Stream<Item = Pair> {
    futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|batch| (futures::stream::iter(batch), receiver))
    })
    .flatten()
}

/// Decides on a pair, asking the remote for a modification time where that decides.
async fn judge(
    remote: &Arc<dyn Remote>,
    comparison: Comparison,
    mut pair: Pair,
) -> Result<Judged, RemoteError> {
    let (in_source, in_destination) = (pair.source.is_some(), pair.destination.is_some());
    let first = decide(pair.clone(), &comparison);
    let side = match &first {
        Decision::AskSource => &mut pair.source,
        Decision::AskDestination => &mut pair.destination,
        _ => return Ok(Judged { in_source, in_destination, decision: first }),
    };
    if let Some(entry) = side.take() {
        *side = remote.stat(&entry.path).await?.map(|mut answer| {
            // An answer that is no answer counts as "may differ".
            if answer.modified == Modified::Ask {
                answer.modified = Modified::Unknown;
            }
            answer
        });
    }
    Ok(Judged { in_source, in_destination, decision: decide(pair, &comparison) })
}

/// The remote's files in the order of their paths.
async fn sorted_listing(
    remote: &dyn Remote,
    settings: &Settings,
    failures: &mut Vec<Failure>,
) -> Result<Sorted<Entry>, SyncError> {
    let mut sorter = Sorter::new(&settings.scratch);
    let mut listing = remote.list();
    loop {
        match listing.try_next().await {
            Ok(Some(Listed::File(entry)))
                if entry.path.is_reserved() || settings.excluded.contains(&entry.path) => {}
            // An upload that broke off; the next sync to the remote deletes it.
            Ok(Some(Listed::File(entry)))
                if settings.direction == Direction::FromRemote
                    && is_temporary_name(entry.path.file_name()) => {}
            Ok(Some(Listed::File(entry))) => sorter.push(entry).map_err(SyncError::Scratch)?,
            Ok(Some(Listed::Unusable { name, reason })) => {
                if settings.direction == Direction::FromRemote {
                    failures.push(Failure { path: name, error: reason, unreadable: false });
                } else {
                    tracing::info!(name, reason, "the remote has a name that no volume can hold; left alone");
                }
            }
            Ok(None) => break,
            Err(error) if missing_is_empty(&error, remote, settings) => break,
            Err(error) => return Err(error.into()),
        }
    }
    drop(listing);
    sorter.finish().map_err(SyncError::Scratch)
}

/// A folder that is not there yet holds no files. A bucket that is not there is a mistake when files are to come
/// from it, and is made when files are to go there.
fn missing_is_empty(error: &RemoteError, remote: &dyn Remote, settings: &Settings) -> bool {
    error.kind == ErrorKind::NotFound
        && (settings.direction == Direction::ToRemote || !remote.abilities().flat)
}

/// Walks the local tree beside the remote's listing, on a thread of its own.
fn compare(
    root: Option<&LocalRoot>,
    mut local: Notes,
    listing: Sorted<Entry>,
    direction: Direction,
    sender: &mpsc::Sender<Vec<Pair>>,
) -> Notes {
    let mut remote_error = None;
    {
        let scan = root.into_iter().flat_map(Scan::new).filter_map(|item| local.take(item, direction));
        let listing = without_doubles(listing, &mut remote_error);
        match direction {
            Direction::ToRemote => send(Merge::new(scan, listing), sender),
            Direction::FromRemote => send(Merge::new(listing, scan), sender),
        }
    }
    if let Some(error) = remote_error {
        local.error = Some(SyncError::Scratch(error));
    }
    local
}

fn send(pairs: impl Iterator<Item = Pair>, sender: &mpsc::Sender<Vec<Pair>>) {
    let mut batch = Vec::with_capacity(BATCH);
    for pair in pairs {
        batch.push(pair);
        if batch.len() == BATCH && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
            // Nobody wants the plan any more.
            return;
        }
    }
    let _ = sender.blocking_send(batch);
}

fn without_doubles<'error>(
    listing: Sorted<Entry>,
    error: &'error mut Option<io::Error>,
) -> impl Iterator<Item = Found> + 'error {
    let mut last: Option<RelativePath> = None;
    listing
        .map_while(move |item| item.map_err(|cause| *error = Some(cause)).ok())
        .filter(move |entry| {
            let double = last.as_ref() == Some(&entry.path);
            if double {
                tracing::warn!(path = %entry.path, "the remote has this file twice; one of them is used");
            }
            last = Some(entry.path.clone());
            !double
        })
        .map(Found::File)
}

impl Notes {
    fn take(&mut self, item: Scanned, direction: Direction) -> Option<Found> {
        match item {
            Scanned::File(entry) if self.excluded.contains(&entry.path) => {
                *self.skipped.entry(SkippedKind::Excluded).or_default() += 1;
                None
            }
            Scanned::File(entry) => Some(Found::File(entry)),
            Scanned::Skipped { path, kind } => {
                tracing::debug!(%path, kind = kind.plural(), "skipped");
                *self.skipped.entry(kind).or_default() += 1;
                None
            }
            Scanned::Leftover(path) => {
                self.leftovers.push(path);
                None
            }
            Scanned::Unreadable { path: Some(path), error } => {
                self.failures.push(unreadable(&path, &error, direction));
                Some(Found::Unknown(path))
            }
            Scanned::Unreadable { path: None, error } => {
                self.error = Some(SyncError::Folder(error));
                None
            }
        }
    }
}

fn unreadable(path: &RelativePath, error: &LocalError, direction: Direction) -> Failure {
    let unreadable = direction == Direction::ToRemote;
    Failure { path: path.to_string(), error: error.to_string(), unreadable }
}
