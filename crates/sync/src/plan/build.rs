//! Feeds both sides through merge and decision, and keeps the steps. Memory is bounded by a window.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use super::decide::{Comparison, Decision, decide, folder_in_the_end};
use super::listing;
use super::merge::Pair;
use super::past::History;
use super::sides::{self, BATCH, Notes, RemoteSide};
use super::whole::{DeepestFirst, Judged, Plan};
use crate::engine::SyncError;
use crate::entry::Modified;
use crate::local::{LocalRoot, LocalWhat};
use crate::manifest::{Records, RemoteWhat};
use crate::observer::Observer;
use crate::remote::{Remote, RemoteError};
use crate::settings::{Direction, Settings};

/// Modification times that are asked for at once.
const QUESTIONS: usize = 32;
const NANOSECOND: Duration = Duration::from_nanos(1);

/// Compares both sides. `root` is `None` when the local folder does not exist, `records` when no manifest counts.
pub(crate) async fn build(
    remote: &Arc<dyn Remote>,
    root: Option<Arc<LocalRoot>>,
    records: Option<Records>,
    history: Option<History>,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Plan, SyncError> {
    let store_precision = remote.abilities().time_precision.unwrap_or(NANOSECOND);
    let comparison = Comparison {
        direction: settings.direction,
        delete: settings.delete,
        faithful: records.is_some(),
        store_precision,
        local_precision: root.as_ref().map_or(NANOSECOND, |root| root.time_precision()),
        keep: history.as_ref().map(|history| history.terms),
    };
    let listing = listing::read(&**remote, settings.direction, &settings.excluded, &settings.scratch).await?;
    let mut plan = Plan::new(&settings.scratch, listing.own, listing.failures);
    let (sender, receiver) = mpsc::channel(4);
    let notes = Notes::new(settings, comparison.faithful);
    let side = RemoteSide {
        files: listing.files,
        unknown: listing.unknown,
        records,
        precision: store_precision,
        history,
    };
    let comparing =
        tokio::task::spawn_blocking(move || sides::compare(root.as_deref(), notes, side, &sender));

    let name_check = (settings.direction == Direction::ToRemote).then_some(&**remote);
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

fn pairs(receiver: mpsc::Receiver<Vec<Pair>>) -> impl Stream<Item = Pair> {
    futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|batch| (futures::stream::iter(batch), receiver))
    })
    .flatten()
}

/// Decides on a pair, asking the remote for a modification time where that decides.
async fn judge(remote: &Arc<dyn Remote>, comparison: Comparison, pair: Pair) -> Result<Judged, RemoteError> {
    let local = pair.local.as_ref().is_some_and(|what| counts_here(what, comparison.faithful));
    let there = pair.remote.as_ref().is_some_and(counts_there);
    let (in_source, in_destination) = match comparison.direction {
        Direction::ToRemote => (local, there),
        Direction::FromRemote => (there, local),
    };
    let folder = folder_in_the_end(&pair, &comparison)
        .map(|attributes| DeepestFirst(Reverse(pair.path.clone()), attributes));
    let mixed = pair.remote.as_ref().is_some_and(is_not_as_recorded);
    // Only few pairs need to be there twice.
    let again = may_ask(&pair).then(|| pair.clone());
    let mut decision = decide(pair, &comparison);
    if let (Decision::Ask, Some(mut pair)) = (&decision, again) {
        ask(remote, &mut pair, comparison.store_precision).await?;
        decision = decide(pair, &comparison);
    }
    Ok(Judged { in_source, in_destination, mixed, folder, decision })
}

/// Whether the store may be asked for the time of this file.
fn may_ask(pair: &Pair) -> bool {
    matches!(&pair.remote, Some(RemoteWhat::File(file)) if !file.described && file.entry.modified == Modified::Ask)
}

async fn ask(remote: &Arc<dyn Remote>, pair: &mut Pair, precision: Duration) -> Result<(), RemoteError> {
    let Some(RemoteWhat::File(file)) = &mut pair.remote else { return Ok(()) };
    match remote.stat(&file.entry.path).await? {
        Some(answer) => {
            file.entry = answer;
            // An answer that is no answer counts as "may differ".
            let modified = match file.entry.modified {
                Modified::Ask => Modified::Unknown,
                told => told,
            };
            file.decide(modified, precision);
        }
        // It went away since it was listed, or cannot be told: no reason to take anything away.
        None => (pair.remote, pair.untold) = (None, true),
    }
    Ok(())
}

/// Whether somebody else changed the mirror here.
fn is_not_as_recorded(what: &RemoteWhat) -> bool {
    match what {
        RemoteWhat::File(file) => !file.described && !file.is_undecided(),
        RemoteWhat::Lost(_) => true,
        _ => false,
    }
}

/// What the valves count: what would be missed.
const fn counts_here(what: &LocalWhat, faithful: bool) -> bool {
    match what {
        LocalWhat::File(_) => true,
        LocalWhat::SymbolicLink { .. } => faithful,
        LocalWhat::Folder(_) | LocalWhat::Special(_) => false,
    }
}

const fn counts_there(what: &RemoteWhat) -> bool {
    matches!(what, RemoteWhat::File(_) | RemoteWhat::Doomed(_) | RemoteWhat::SymbolicLink { .. })
}
