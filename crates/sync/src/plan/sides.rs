//! Walks the local tree beside the remote's, on a thread of its own, and notes what it met.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::closer_look::Shut;
use super::earlier::Earlier;
use super::listing::without_doubles;
use super::merge::{Found, Merge, Pair, Proof};
use super::past::{History, Walk};
use crate::engine::SyncError;
use crate::entry::Entry;
use crate::index::Index;
use crate::local::{Depth, LocalError, LocalNode, LocalRoot, LocalWhat, Scan, Scanned, SkippedKind};
use crate::manifest::{Records, View};
use crate::mounts::Keeper;
use crate::path::RelativePath;
use crate::report::{Failure, FailureKind};
use crate::settings::{Direction, Settings};
use crate::spool::Sorted;

/// Pairs that travel together.
pub(super) const BATCH: usize = 256;

/// What to say of a place whose mount went away under the walk.
const LOST: &str = "what was mounted there was unmounted meanwhile; nothing was changed, run this again";

/// What the remote has.
pub(super) struct RemoteSide {
    pub(super) files: Sorted<Entry>,
    /// What is there and cannot be fetched.
    pub(super) unknown: BTreeSet<RelativePath>,
    /// `None` when the manifest does not count.
    pub(super) records: Option<Records>,
    pub(super) precision: Duration,
    /// Every file is to be read, whatever size and time say.
    pub(super) checksum: bool,
    /// The volume's past, where local changes are kept.
    pub(super) history: Option<History>,
    /// What an index remembers whose rows do not count.
    pub(super) earlier: Option<Arc<Index>>,
}

/// What was met in the local tree.
pub(super) struct Notes {
    direction: Direction,
    faithful: bool,
    excluded: Vec<RelativePath>,
    pub(super) leftovers: Vec<RelativePath>,
    pub(super) failures: Vec<Failure>,
    /// Inodes and sizes of files that are there and cannot be synced.
    pub(super) missed: Vec<(u64, u64)>,
    /// Where something was mounted, and the remote keeps what it has.
    pub(super) unmounted: BTreeSet<RelativePath>,
    pub(super) skipped: BTreeMap<SkippedKind, u64>,
    pub(super) error: Option<SyncError>,
}

/// Sends every path of both sides, and gives the notes at the end.
pub(super) fn compare(
    root: Option<&LocalRoot>,
    (mut notes, mut keeper): (Notes, Keeper),
    remote: RemoteSide,
    sender: &mpsc::Sender<Vec<Pair>>,
) -> Notes {
    let (mut listing_error, mut record_error) = (None, None);
    let mut past = remote.history.map(Walk::new);
    {
        let depth = if notes.faithful { Depth::Attributes } else { Depth::Listing };
        let local =
            root.into_iter().flat_map(|root| Scan::new(root, depth)).filter_map(|item| notes.take(item));
        let files = without_doubles(remote.files, &mut listing_error);
        let records = remote.records.into_iter().flatten();
        let records = records.map_while(|item| item.map_err(|cause| record_error = Some(cause)).ok());
        let pairs = Merge::new(local, View::new(files, records, remote.precision));
        let mut earlier = remote.earlier.as_deref().map(Earlier::new);
        let pairs = pairs.map(|pair| keeper.keep(with_untold(pair, &remote.unknown)));
        let pairs = pairs.map(|pair| with_past(pair, past.as_mut()));
        let pairs = pairs.map(|pair| match &mut earlier {
            Some(earlier) => earlier.beside(pair),
            None => pair,
        });
        send(pairs.map(|pair| with_checksum(pair, remote.checksum)), sender);
    }
    notes.kept(keeper);
    if let Some(damaged) = past.and_then(|past| past.error) {
        notes.error = Some(SyncError::Manifest(damaged.into()));
    }
    if let Some(error) = listing_error {
        notes.error = Some(SyncError::Scratch(error));
    }
    if let Some(error) = record_error {
        notes.error = Some(SyncError::Manifest(error.into()));
    }
    notes
}

/// Marks what lies where the remote has something that cannot be fetched, or beneath it.
fn with_untold(mut pair: Pair, unknown: &BTreeSet<RelativePath>) -> Pair {
    if unknown.is_empty() {
        return pair;
    }
    let mut path = pair.path.clone();
    while let Some(here) = path {
        pair.untold |= unknown.contains(&here);
        path = here.parent();
    }
    pair
}

fn with_past(mut pair: Pair, past: Option<&mut Walk>) -> Pair {
    pair.past = past.and_then(|past| past.at(pair.path.as_ref()));
    pair
}

/// Has every file read, whatever else is known of it.
fn with_checksum(mut pair: Pair, checksum: bool) -> Pair {
    if checksum && pair.proof != Proof::Changed {
        pair.proof = Proof::Wanted;
    }
    pair
}

pub(super) fn send(pairs: impl Iterator<Item = Pair>, sender: &mpsc::Sender<Vec<Pair>>) {
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

impl Notes {
    pub(super) fn new(settings: &Settings, faithful: bool) -> Self {
        Self {
            direction: settings.direction,
            faithful,
            excluded: settings.excluded.clone(),
            leftovers: Vec::new(),
            failures: Vec::new(),
            missed: Vec::new(),
            unmounted: BTreeSet::new(),
            skipped: BTreeMap::new(),
            error: None,
        }
    }

    pub(super) fn excluded(&self) -> &[RelativePath] {
        &self.excluded
    }

    /// What was kept where nothing is mounted any more.
    pub(super) fn kept(&mut self, keeper: Keeper) {
        let kept = keeper.end();
        self.failures.extend(kept.failures());
        self.missed.extend(kept.missed);
        self.unmounted = kept.places;
        if let Some(place) = kept.lost {
            let cause = io::Error::other(LOST);
            self.error.get_or_insert(SyncError::Folder(LocalError::new("walk through", place, cause)));
        }
    }

    /// Something that was found and cannot be looked at.
    pub(super) fn unreadable(&mut self, root: &LocalRoot, shut: Shut) {
        let Shut { path, cause, file } = shut;
        let error = LocalError::new("look at", root.shown(path.as_ref()), cause);
        let _ = self.take(Scanned::Unreadable { path, error, file });
    }

    pub(super) fn take(&mut self, item: Scanned) -> Option<Found> {
        match item {
            Scanned::Found(LocalNode { path: Some(path), .. }) if self.excluded.contains(&path) => {
                self.skip(&path, SkippedKind::Excluded);
                None
            }
            Scanned::Found(node) => {
                self.count(&node);
                Some(Found::Node(node))
            }
            Scanned::Skipped { path, kind } => {
                self.skip(&path, kind);
                None
            }
            Scanned::Leftover(path) => {
                self.leftovers.push(path);
                None
            }
            Scanned::Unreadable { path: Some(path), error, file } => {
                self.missed.extend(file);
                self.failures.push(unreadable(&path, &error, self.direction));
                Some(Found::Unknown(path))
            }
            Scanned::Unreadable { path: None, error, .. } => {
                self.error = Some(SyncError::Folder(error));
                None
            }
        }
    }

    /// Counts what a mirror alone cannot hold, and what nothing can carry to another machine.
    fn count(&mut self, node: &LocalNode) {
        let kind = match &node.what {
            LocalWhat::SymbolicLink { .. } if !self.faithful => SkippedKind::SymbolicLink,
            LocalWhat::Special(_) if !self.faithful || self.direction == Direction::ToRemote => {
                SkippedKind::Special
            }
            _ => return,
        };
        if let Some(path) = &node.path {
            self.skip(path, kind);
        }
    }

    fn skip(&mut self, path: &RelativePath, kind: SkippedKind) {
        tracing::debug!(%path, kind = kind.plural(), "skipped");
        *self.skipped.entry(kind).or_default() += 1;
    }
}

fn unreadable(path: &RelativePath, error: &LocalError, direction: Direction) -> Failure {
    let kind = match direction {
        Direction::ToRemote => FailureKind::Unreadable,
        Direction::FromRemote => FailureKind::Failed,
    };
    Failure { path: path.to_string(), error: error.to_string(), kind }
}
