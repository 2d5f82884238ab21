//! Occasions by a schedule: each due time is one, and each is a look at everything.

use std::future::pending;

use jiff::Zoned;
use podfs_sync::Scope;
use podfs_sync::schedule::Schedule;

use super::clock::{Clock, Waited};
use super::long_running::{Occasions, Outcome};

/// The due times of a schedule.
pub(super) struct BySchedule<'a, C> {
    schedule: &'a Schedule,
    clock: &'a C,
    /// The next due time; once it is acted on, the one that was.
    due: Option<Zoned>,
}

impl<'a, C: Clock> BySchedule<'a, C> {
    /// The due times from now on.
    pub(super) fn new(schedule: &'a Schedule, clock: &'a C) -> Self {
        let mut occasions = Self { schedule, clock, due: None };
        occasions.set(schedule.next_after(&clock.now()));
        occasions
    }

    fn set(&mut self, due: Option<Zoned>) {
        match &due {
            Some(due) => tracing::debug!("the next sync is due at {due}"),
            None => tracing::warn!("the schedule never comes due again; waiting for a signal"),
        }
        self.due = due;
    }
}

impl<C: Clock> Occasions for BySchedule<'_, C> {
    async fn next(&mut self) -> Scope {
        while let Some(due) = &self.due {
            if self.clock.wait_until(due).await == Waited::Due {
                return Scope::Everything;
            }
            tracing::warn!("the clock was set back; the schedule starts afresh");
            self.set(self.schedule.next_after(&self.clock.now()));
        }
        pending().await
    }

    fn ended(&mut self, _outcome: &Outcome) {
        let Some(due) = &self.due else { return };
        let after = self.schedule.after_run(due, &self.clock.now());
        if after.skipped > 0 {
            let more = if after.skipped_more { "more than " } else { "" };
            let skipped = after.skipped;
            tracing::warn!(skipped, "the sync took so long that {more}{skipped} due times were skipped");
        }
        self.set(after.next);
    }
}
