//! What a run that took too long leaves behind: which due times passed it by, and when the next run is.
//!
//! If a run is still going when the next is due, the next is skipped (robfig/cron's `SkipIfStillRunning`).
//! The work is bounded however far the clock has moved: an `@every` row is counted by arithmetic, a calendar
//! up to a limit.

use jiff::{SignedDuration, Zoned};

use super::Schedule;

/// What follows a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterRun {
    /// The next due time, strictly after the end of the run; `None` if the schedule never comes due again.
    pub next: Option<Zoned>,
    /// Due times that came while the run was going, and were skipped.
    pub skipped: u64,
    /// There were more than `skipped`; counting stopped.
    pub skipped_more: bool,
}

/// How many due times of a calendar are counted one by one; a longer gap is a clock that was set or a node
/// that slept.
const MOST_COUNTED: u64 = 1_000;

/// A clock may be this far behind a due time that was already acted on, without the run being repeated:
/// timers and clock corrections differ by that much. Set back further, the schedule starts afresh from the
/// new time.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(60);

/// What follows a run that was due at `due` and ended at `now`.
pub(super) fn after_run(schedule: &Schedule, due: &Zoned, now: &Zoned) -> AfterRun {
    // A schedule without a zone of its own lives in the zone of `now`, so `due` has to be seen from there
    // too.
    let due = &due.with_time_zone(now.time_zone().clone());
    if now < due {
        let set_back = due.duration_since(now) > CLOCK_SLACK;
        return AfterRun::without_skips(schedule.next_after(if set_back { now } else { due }));
    }
    if let Some(every) = schedule.every() {
        let passed = every.passed_between(due.timestamp(), now.timestamp());
        let next = passed.next.map(|next| next.to_zoned(now.time_zone().clone()));
        return AfterRun { next, skipped: passed.count, skipped_more: false };
    }
    count_skipped(schedule, due, now)
}

/// Walks the due times up to `now`, but not more than the limit.
fn count_skipped(schedule: &Schedule, due: &Zoned, now: &Zoned) -> AfterRun {
    let mut skipped = 0;
    for next in schedule.upcoming(due) {
        if next > *now {
            return AfterRun { next: Some(next), skipped, skipped_more: false };
        }
        if skipped == MOST_COUNTED {
            return AfterRun { next: schedule.next_after(now), skipped, skipped_more: true };
        }
        skipped += 1;
    }
    // The row from `due` may end where a row from `now`, which looks further ahead, does not.
    AfterRun { next: schedule.next_after(now), skipped, skipped_more: false }
}

impl AfterRun {
    fn without_skips(next: Option<Zoned>) -> Self {
        Self { next, skipped: 0, skipped_more: false }
    }
}
