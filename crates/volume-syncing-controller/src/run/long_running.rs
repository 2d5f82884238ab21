//! A sync that stays: on each occasion one run, and one last run when somebody asks for the end.

use std::time::Duration;

use podfs_sync::Scope;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::signals::Signals;
use crate::exit::Exit;
use crate::failure::Failure;

/// How long the last sync is tried again while the remote is away. A Pod has 30 s for its end, unless it asks for more.
const LAST_CHANCE: Duration = Duration::from_secs(300);
/// Between two of these tries, each of which takes its time by itself.
const PAUSE: Duration = Duration::from_secs(1);

/// How a run ended; `None` when it had to wait for another process and lost its patience.
pub(super) type Outcome = Result<Option<Exit>, Failure>;

/// What is run, as the loop sees it. A test has one of its own.
pub(super) trait Work {
    /// One run over what lies in `scope`; it waits for another process until `patience` ends.
    async fn run(&self, scope: Scope, patience: &CancellationToken) -> Outcome;

    /// Whether the end is one last run. A restore has nothing to flush.
    fn flushes(&self) -> bool;
}

/// When to run, and what to look at.
pub(super) trait Occasions {
    /// Waits for the next occasion. What waits may be dropped and waited for again.
    async fn next(&mut self) -> Scope;

    /// The run for the last occasion has ended.
    fn ended(&mut self, outcome: &Outcome);
}

/// Runs `work` on each of `occasions` until somebody asks for the end; gives the exit code of what was done then.
pub(super) async fn keep_running(
    work: &impl Work,
    mut occasions: impl Occasions,
    signals: &Signals,
) -> Result<Exit, Failure> {
    let mut last = Ok(None);
    while let Some(scope) = next(&mut occasions, signals).await {
        last = work.run(scope, &signals.finish).await;
        if signals.is_finishing() {
            break;
        }
        log_failure(&last);
        occasions.ended(&last);
        last = Ok(None);
    }
    finish(work, signals, last).await
}

/// Waits for the next occasion; `None` when the end was asked for first.
async fn next(occasions: &mut impl Occasions, signals: &Signals) -> Option<Scope> {
    tokio::select! {
        biased;
        () = signals.finish.cancelled() => None,
        scope = occasions.next() => Some(scope),
    }
}

/// The end. `last` is the outcome of the run during which it was asked for, if there was one.
async fn finish(work: &impl Work, signals: &Signals, last: Outcome) -> Result<Exit, Failure> {
    if signals.stop.is_cancelled() {
        last?;
        return Err(Failure::interrupted(
            "interrupted before the last sync; what changed since is not flushed",
        ));
    }
    if !work.flushes() {
        return last.map(|exit| exit.unwrap_or(Exit::Done));
    }
    log_failure(&last);
    tracing::info!("the last sync begins");
    flush(work, signals).await
}

/// The last sync. What it does not bring to the remote may be lost with the Pod, so it does not give up as early as others.
async fn flush(work: &impl Work, signals: &Signals) -> Result<Exit, Failure> {
    let begun = Instant::now();
    loop {
        match work.run(Scope::Everything, &signals.stop).await {
            Ok(Some(exit)) => return Ok(exit),
            Ok(None) => {
                return Err(Failure::interrupted(
                    "interrupted before the last sync; what changed since is not flushed",
                ));
            }
            Err(failure) if failure.may_pass && begun.elapsed() < LAST_CHANCE => {
                tracing::warn!(
                    "the last sync failed: {failure}; it is tried again for {} seconds, or until a second signal",
                    LAST_CHANCE.saturating_sub(begun.elapsed()).as_secs()
                );
            }
            Err(failure) => return Err(failure),
        }
        tokio::select! {
            () = signals.stop.cancelled() => {}
            () = sleep(PAUSE) => {}
        }
    }
}

/// A run that failed is no reason to stop: the next one may go well.
fn log_failure(outcome: &Outcome) {
    if let Err(failure) = outcome {
        let exit = failure.exit.number();
        tracing::error!(exit, "the sync failed: {failure}");
    }
}

#[cfg(test)]
mod tests;
