//! Occasions by file events, at a pace; beside a schedule, where there is one.

use std::future::pending;
use std::time::{Duration, Instant};

use podfs_sync::Scope;
use podfs_sync::watch::{Ended, Pace, Watch};
use tokio::time::{sleep, sleep_until};

use super::by_schedule::BySchedule;
use super::clock::Clock;
use super::long_running::{Occasions, Outcome};
use super::order::Events;
use crate::exit::Exit;

/// How long a sync that is due waits until all folders are watched. One that begins earlier is followed by another look
/// at everything.
const WATCHED: Duration = Duration::from_secs(60);

/// Syncs after changes.
pub(super) struct ByEvents<'a, C> {
    watch: Watch,
    pace: Pace,
    schedule: Option<BySchedule<'a, C>>,
    /// What the run under way looks at.
    taken: Scope,
    /// Whether the run under way is one of the schedule.
    scheduled: bool,
    /// Everything was looked at once.
    scanned: bool,
}

/// Why to sync now.
enum Cause {
    Changes,
    Rescan,
    Schedule,
}

impl<'a, C: Clock> ByEvents<'a, C> {
    /// Occasions from now on; the first is at once, and a look at everything, since nobody knows what has changed while
    /// nobody watched.
    pub(super) fn new(watch: Watch, events: Events, schedule: Option<BySchedule<'a, C>>) -> Self {
        let pace = Pace::new(events.interval, events.rescan, Instant::now());
        Self { watch, pace, schedule, taken: Scope::nothing(), scheduled: false, scanned: false }
    }

    /// Waits until something is due.
    async fn cause(&mut self) -> Cause {
        loop {
            let news = self.watch.news();
            let due = self.pace.due(news.heard, news.blind);
            if due.at <= Instant::now() {
                return if due.scan { Cause::Rescan } else { Cause::Changes };
            }
            // Once something was heard, more of it changes nothing before the time has come.
            let more = self
                .watch
                .until(|now| news.heard.is_none() && now.heard.is_some() || news.blind != now.blind);
            tokio::select! {
                () = scheduled(&mut self.schedule) => return Cause::Schedule,
                () = sleep_until(due.at.into()) => {}
                () = more => {}
            }
        }
    }

    /// Waits until the watches are there, but not for ever.
    async fn watched(&self) {
        tokio::select! {
            () = self.watch.until(|news| news.complete) => {}
            () = sleep(WATCHED) => {}
        }
    }
}

async fn scheduled<C: Clock>(schedule: &mut Option<BySchedule<'_, C>>) {
    match schedule {
        Some(schedule) => drop(schedule.next().await),
        None => pending().await,
    }
}

impl<C: Clock> Occasions for ByEvents<'_, C> {
    async fn next(&mut self) -> Scope {
        let cause = self.cause().await;
        let scan = !matches!(cause, Cause::Changes);
        if scan && self.scanned && self.watch.news().blind {
            // What could not be watched may be watched now.
            self.watch.renew();
        }
        self.watched().await;
        let gathered = self.watch.take();
        self.taken = if scan { Scope::Everything } else { gathered };
        self.scheduled = matches!(cause, Cause::Schedule);
        let everything = self.taken == Scope::Everything;
        self.scanned |= everything;
        self.pace.begun(everything, Instant::now());
        tracing::debug!(
            "{}",
            if everything { "looking at everything" } else { "looking at what has changed" }
        );
        self.taken.clone()
    }

    fn ended(&mut self, outcome: &Outcome) {
        let ended = match outcome {
            Ok(Some(Exit::Done)) => Ended::Well,
            Ok(_) => Ended::AlmostWell,
            Err(_) => Ended::Badly,
        };
        let taken = std::mem::replace(&mut self.taken, Scope::nothing());
        if ended != Ended::Well {
            self.watch.give_back(taken);
        }
        self.pace.ended(ended, Instant::now());
        if let Some(schedule) = self.schedule.as_mut().filter(|_| self.scheduled) {
            schedule.ended(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use podfs_sync::RelativePath;

    use super::super::clock::WallClock;
    use super::*;
    use crate::failure::Failure;

    fn covers(scope: &Scope, name: &str) -> bool {
        *scope != Scope::Everything && scope.covers(Some(&RelativePath::parse(name).unwrap()))
    }

    #[tokio::test]
    async fn what_was_not_synced_well_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let watch = Watch::start(folder.path()).unwrap();
        let events = Events { interval: Duration::ZERO, rescan: Duration::from_secs(3_600) };
        let mut occasions = ByEvents::<WallClock>::new(watch, events, None);
        assert_eq!(occasions.next().await, Scope::Everything);
        occasions.ended(&Ok(Some(Exit::Done)));

        fs::write(folder.path().join("first"), "").unwrap();
        let changed = occasions.next().await;
        assert!(covers(&changed, "first"), "{changed:?}");
        occasions.ended(&Err(Failure::unexpected("away")));
        // Nothing more has changed.
        assert_eq!(occasions.next().await, changed);
        occasions.ended(&Ok(Some(Exit::Partial)));

        fs::write(folder.path().join("second"), "").unwrap();
        let both = occasions.next().await;
        assert!(covers(&both, "first") && covers(&both, "second"), "{both:?}");
        occasions.ended(&Ok(Some(Exit::Done)));

        fs::write(folder.path().join("third"), "").unwrap();
        let last = occasions.next().await;
        assert!(covers(&last, "third") && !covers(&last, "second"), "{last:?}");
    }
    /// The command line asks for a minute at least; the pace for five seconds between two syncs.
    #[tokio::test]
    async fn everything_is_looked_at_in_its_time_though_nothing_is_heard() {
        let folder = tempfile::tempdir().unwrap();
        let watch = Watch::start(folder.path()).unwrap();
        let events = Events { interval: Duration::ZERO, rescan: Duration::from_secs(1) };
        let mut occasions = ByEvents::<WallClock>::new(watch, events, None);
        for _ in 0..2 {
            assert_eq!(occasions.next().await, Scope::Everything);
            occasions.ended(&Ok(Some(Exit::Done)));
        }
    }
}
