//! Feeds both sides through merge and decision, and keeps the steps. Memory is bounded by a window.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use super::decide::{Comparison, Decision, decide, folder_in_the_end};
use super::listing;
use super::memory::Noted;
use super::merge::{Pair, Proof};
use super::moves::Half;
use super::past::History;
use super::remembered::{self, Remembered};
use super::sides::{self, BATCH, Notes, RemoteSide};
use super::undescribed::Candidate;
use super::whole::{DeepestFirst, Judged, Plan};
use crate::clock::Clock;
use crate::engine::SyncError;
use crate::entry::Modified;
use crate::index::{Index, IndexError};
use crate::local::{LocalRoot, LocalWhat, Source};
use crate::manifest::{Records, RemoteWhat};
use crate::mounts::Mounts;
use crate::observer::Observer;
use crate::remote::{ErrorKind, Remote, RemoteError};
use crate::settings::{Direction, Settings};
use crate::timestamp::Timestamp;

/// Modification times that are asked for at once.
const QUESTIONS: usize = 32;
const NANOSECOND: Duration = Duration::from_nanos(1);

/// What every plan needs.
pub(crate) struct Context<'sync> {
    pub(crate) remote: &'sync Arc<dyn Remote>,
    /// `None` when the local folder does not exist.
    pub(crate) root: Option<Arc<LocalRoot>>,
    pub(crate) settings: &'sync Settings,
    pub(crate) observer: &'sync dyn Observer,
    pub(crate) clock: Clock,
    /// Whether rows for the index are wanted.
    pub(crate) remembers: bool,
    /// What is or was mounted inside the source.
    pub(crate) mounts: &'sync Mounts,
}

/// Compares the local tree with the remote's listing. `records` is `None` when no manifest counts; the marks of `earlier`
/// show what was changed since an earlier sync.
pub(crate) async fn listed(
    context: &Context<'_>,
    records: Option<Records>,
    history: Option<History>,
    earlier: Option<Arc<Index>>,
) -> Result<Plan, SyncError> {
    let Context { remote, root, settings, .. } = context;
    let keep = history.as_ref().map(|history| history.terms);
    let comparison = Comparison { keep, ..context.comparison(records.is_some()) };
    let listing =
        listing::read(&***remote, settings.direction, &settings.excluded, &settings.scratch).await?;
    let mut plan = Plan::new(&settings.scratch, listing.own, listing.failures);
    let (sender, receiver) = mpsc::channel(4);
    let notes = Notes::new(settings, comparison.faithful);
    let precision = comparison.store_precision;
    let side = RemoteSide {
        files: listing.files,
        unknown: listing.unknown,
        records,
        precision,
        checksum: settings.checksum,
        history,
        earlier,
    };
    let (root, looked, keeper) = (root.clone(), context.looked(), context.mounts.keeper());
    let comparing =
        tokio::task::spawn_blocking(move || sides::compare(root.as_deref(), (notes, keeper), side, &sender));
    gather(context, (comparison, looked), receiver, &mut plan).await?;
    plan.finish(comparing.await?)
}

/// What came of a comparison with the index.
pub(crate) enum Recalled {
    /// A plan.
    Plan(Box<Plan>),
    /// The scope does not suffice.
    Widen,
    /// The index cannot be used.
    Unusable(IndexError),
}

/// Compares the local tree at `root` with what the index remembers; asks the remote nothing.
pub(crate) async fn remembered(
    context: &Context<'_>,
    root: &Arc<LocalRoot>,
    remembered: Remembered,
) -> Result<Recalled, SyncError> {
    let comparison = context.comparison(true);
    let mut plan = Plan::new(&context.settings.scratch, Vec::new(), Vec::new());
    let (sender, receiver) = mpsc::channel(4);
    let notes = Notes::new(context.settings, true);
    let (root, looked, keeper) = (Arc::clone(root), context.looked(), context.mounts.keeper());
    let comparing = tokio::task::spawn_blocking(move || {
        remembered::compare(&root, (notes, keeper), &remembered, &sender)
    });
    gather(context, (comparison, looked), receiver, &mut plan).await?;
    let (notes, passed) = match comparing.await {
        Ok(ended) => ended,
        Err(panic) if panic.is_panic() => return Ok(Recalled::Unusable(IndexError::Senseless)),
        Err(other) => return Err(other.into()),
    };
    if let Some(error) = passed.error {
        return Ok(Recalled::Unusable(error));
    }
    if passed.widen {
        return Ok(Recalled::Widen);
    }
    plan.pass(passed.known);
    Ok(Recalled::Plan(Box::new(plan.finish(notes)?)))
}

impl Context<'_> {
    /// When a scan begins now, by the clock that stamps the files.
    fn looked(&self) -> Timestamp {
        let now = self.clock.now();
        self.root.as_ref().map_or(now, |root| root.time_of_stamps(now))
    }

    fn comparison(&self, faithful: bool) -> Comparison {
        Comparison {
            direction: self.settings.direction,
            delete: self.settings.delete,
            faithful,
            store_precision: self.remote.abilities().time_precision.unwrap_or(NANOSECOND),
            local_precision: self.root.as_ref().map_or(NANOSECOND, |root| root.time_precision()),
            keep: None,
        }
    }
}

/// Judges what comes and keeps it in the plan. `looked` is when the scan began.
async fn gather(
    context: &Context<'_>,
    (comparison, looked): (Comparison, Timestamp),
    receiver: mpsc::Receiver<Vec<Pair>>,
    plan: &mut Plan,
) -> Result<(), SyncError> {
    let name_check = (comparison.direction == Direction::ToRemote).then_some(&**context.remote);
    let judged = pairs(receiver).map(|pair| judge(context, comparison, looked, pair)).buffered(QUESTIONS);
    let mut judged = std::pin::pin!(judged);
    while let Some(judged) = judged.try_next().await? {
        plan.take(judged, name_check).map_err(SyncError::Scratch)?;
        let looked_at = plan.totals.source_files + plan.totals.destination_files;
        if looked_at.is_multiple_of(BATCH as u64) {
            context.observer.compared(looked_at);
        }
    }
    Ok(())
}

fn pairs(receiver: mpsc::Receiver<Vec<Pair>>) -> impl Stream<Item = Pair> {
    futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|batch| (futures::stream::iter(batch), receiver))
    })
    .flatten()
}

/// Decides on a pair, asking the remote for a modification time or reading the local file where that decides.
async fn judge(
    context: &Context<'_>,
    comparison: Comparison,
    looked: Timestamp,
    pair: Pair,
) -> Result<Judged, RemoteError> {
    let local = pair.local.as_ref().is_some_and(|what| counts_here(what, comparison.faithful));
    let there = pair.remote.as_ref().is_some_and(counts_there);
    let (in_source, in_destination) = match comparison.direction {
        Direction::ToRemote => (local, there),
        Direction::FromRemote => (there, local),
    };
    let folder = folder_in_the_end(&pair, &comparison)
        .map(|attributes| DeepestFirst(Reverse(pair.path.clone()), attributes));
    let mixed = pair.remote.as_ref().is_some_and(is_not_as_recorded);
    let mut brought = Candidate::of(&pair, comparison.direction);
    let half = if context.remote.abilities().copies { Half::of(&pair) } else { None };
    let note = |pair: &Pair| context.remembers.then(|| Noted::of(pair, looked));
    let mut noted = note(&pair);
    // Only few pairs need to be there twice.
    let mut again = may_need_more(&pair).then(|| pair.clone());
    let mut decision = decide(pair, &comparison);
    while let Some(mut pair) = again.take() {
        match decision {
            Decision::Ask => ask(context.remote, &mut pair, comparison.store_precision).await?,
            Decision::Read => read(context, &mut pair).await?,
            _ => break,
        }
        noted = note(&pair);
        brought = Candidate::of(&pair, comparison.direction);
        again = Some(pair.clone());
        decision = decide(pair, &comparison);
    }
    let memory = noted.map(|noted| noted.judged(&decision)).unwrap_or_default();
    let brought = brought.and_then(|brought| brought.judged(&decision));
    Ok(Judged { in_source, in_destination, mixed, folder, decision, memory, half, brought })
}

/// Whether the store may be asked for the time of this file, or the file may have to be read.
fn may_need_more(pair: &Pair) -> bool {
    let Some(RemoteWhat::File(file)) = &pair.remote else { return false };
    matches!(pair.proof, Proof::Wanted | Proof::Changed | Proof::Doubtful)
        || !file.described && file.entry.modified == Modified::Ask
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

/// Reads the local file. One that cannot be read counts as changed: the upload will say what is wrong with it.
async fn read(context: &Context<'_>, pair: &mut Pair) -> Result<(), RemoteError> {
    let known = match &pair.remote {
        Some(RemoteWhat::File(file)) => file.record.as_ref().and_then(|record| record.hash),
        _ => None,
    };
    pair.proof = Proof::Read { same: false, settled: false };
    let (Some(root), Some(path)) = (context.root.clone(), pair.path.clone()) else { return Ok(()) };
    let opened = tokio::task::spawn_blocking(move || Source::open(&root, &path)).await;
    let opened = opened.map_err(|cause| RemoteError::new(ErrorKind::Local, "open", "a file", cause))?;
    if let Ok(source) = opened
        && let Ok(hash) = source.hash().await
    {
        pair.proof = Proof::Read { same: known == Some(hash), settled: source.is_settled() };
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
