//! A sync that stays: at each due time one run, and one last run when somebody asks for the end.

use jiff::Zoned;
use podfs_sync::schedule::Schedule;
use tokio_util::sync::CancellationToken;

use super::clock::{Clock, Waited};
use super::signals::Signals;
use crate::exit::Exit;
use crate::failure::Failure;

/// What is run, as the loop sees it. A test has one of its own.
pub(super) trait Work {
    /// One run; `None` when it had to wait for another process and `patience` ended first.
    async fn run(&self, patience: &CancellationToken) -> Result<Option<Exit>, Failure>;

    /// Whether the end is one last run. A restore has nothing to flush.
    fn flushes(&self) -> bool;
}

/// Runs `work` by `schedule` until somebody asks for the end; gives the exit code of what was done then.
pub(super) async fn keep_running(
    work: &impl Work,
    schedule: &Schedule,
    clock: &impl Clock,
    signals: &Signals,
) -> Result<Exit, Failure> {
    let mut next = schedule.next_after(&clock.now());
    let mut last = Ok(None);
    while let Some(due) = wait(schedule, next, clock, signals).await {
        last = work.run(&signals.finish).await;
        if signals.is_finishing() {
            break;
        }
        log_failure(&last);
        next = after_run(schedule, &due, &clock.now());
        last = Ok(None);
    }
    finish(work, signals, last).await
}

/// Waits for the next due time; `None` when the end was asked for first.
async fn wait(
    schedule: &Schedule,
    mut next: Option<Zoned>,
    clock: &impl Clock,
    signals: &Signals,
) -> Option<Zoned> {
    while let Some(due) = next {
        tracing::debug!("the next sync is due at {due}");
        let waited = tokio::select! {
            biased;
            () = signals.finish.cancelled() => return None,
            waited = clock.wait_until(&due) => waited,
        };
        if waited == Waited::Due {
            return Some(due);
        }
        tracing::warn!("the clock was set back; the schedule starts afresh");
        next = schedule.next_after(&clock.now());
    }
    tracing::warn!("the schedule never comes due again; waiting for a signal");
    signals.finish.cancelled().await;
    None
}

fn after_run(schedule: &Schedule, due: &Zoned, now: &Zoned) -> Option<Zoned> {
    let after = schedule.after_run(due, now);
    if after.skipped > 0 {
        let more = if after.skipped_more { "more than " } else { "" };
        let skipped = after.skipped;
        tracing::warn!(skipped, "the sync took so long that {more}{skipped} due times were skipped");
    }
    after.next
}

/// The end. `last` is the outcome of the run during which it was asked for, if there was one.
async fn finish(
    work: &impl Work,
    signals: &Signals,
    last: Result<Option<Exit>, Failure>,
) -> Result<Exit, Failure> {
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
    match work.run(&signals.stop).await? {
        Some(exit) => Ok(exit),
        None => {
            Err(Failure::interrupted("interrupted before the last sync; what changed since is not flushed"))
        }
    }
}

/// A run that failed is no reason to stop: the next one may go well.
fn log_failure(outcome: &Result<Option<Exit>, Failure>) {
    if let Err(failure) = outcome {
        let exit = failure.exit.number();
        tracing::error!(exit, "the sync failed: {failure}");
    }
}

#[cfg(test)]
mod tests;
