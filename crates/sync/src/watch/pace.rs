//! When to sync, decided purely: soon after changes, but not too often; again after a failure; and all of it now and then.

use std::time::{Duration, Instant};

/// A tree that has been this quiet is synced.
const QUIET: Duration = Duration::from_secs(1);
/// The shortest time between two syncs, and the longest that a tree that is never quiet has to wait.
const SHORTEST: Duration = Duration::from_secs(5);
/// The longest wait before a sync that failed is tried again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// The same for one that went well but for some files.
const LONGEST_FOR_SOME: Duration = Duration::from_secs(600);
/// Where not every change is heard of, scans come so many times more often, but not more often than once a minute.
const MORE_OFTEN: u32 = 10;
const SHORTEST_SCAN: Duration = Duration::from_secs(60);

/// When to sync.
#[derive(Debug, Clone)]
pub struct Pace {
    /// The least time from the beginning of one sync to that of the next.
    interval: Duration,
    /// The longest time from the beginning of one scan to that of the next.
    rescan: Duration,
    started: Instant,
    last_begun: Option<Instant>,
    last_scan: Option<Instant>,
    retry: Option<Retry>,
}

/// What the last sync left undone.
#[derive(Debug, Clone, Copy)]
struct Retry {
    at: Instant,
    /// How long was waited this time.
    backoff: Duration,
    /// Changes do not bring it forward.
    alone: bool,
}

/// What is due, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Not before this.
    pub at: Instant,
    /// It is a look at everything.
    pub scan: bool,
}

/// How a sync ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All is where it should be.
    Well,
    /// All but some files.
    AlmostWell,
    /// Not at all: the remote is away, or something refuses.
    Badly,
}

impl Pace {
    /// At most one sync in `interval` (but 5 s at least), and a scan at least every `rescan`. The first is due at `now`.
    #[must_use]
    pub fn new(interval: Duration, rescan: Duration, now: Instant) -> Self {
        Self {
            interval: interval.max(SHORTEST),
            rescan,
            started: now,
            last_begun: None,
            last_scan: None,
            retry: None,
        }
    }

    /// What is due next. `heard` is when the first and the last change were heard of that no sync has looked at yet;
    /// `blind` says that not every change can be heard of.
    #[must_use]
    pub fn due(&self, heard: Option<(Instant, Instant)>, blind: bool) -> Due {
        let scan = Due { at: self.not_too_early(self.scan_due(blind)), scan: true };
        let changes = self.changes_due(heard).map(|at| Due { at: self.not_too_early(at), scan: false });
        // When both are due, a scan sees the changes too.
        changes.filter(|changes| changes.at < scan.at).unwrap_or(scan)
    }

    /// A sync begins.
    pub fn begun(&mut self, scan: bool, now: Instant) {
        self.last_begun = Some(now);
        if scan {
            self.last_scan = Some(now);
        }
    }

    /// A sync has ended.
    pub fn ended(&mut self, how: Ended, now: Instant) {
        let longest = match how {
            Ended::Well => {
                self.retry = None;
                return;
            }
            Ended::AlmostWell => LONGEST_FOR_SOME,
            Ended::Badly => LONGEST_BACKOFF,
        };
        let backoff = self.retry.map_or(SHORTEST, |retry| retry.backoff.saturating_mul(2)).min(longest);
        self.retry = Some(Retry { at: now + backoff, backoff, alone: how == Ended::Badly });
    }

    fn scan_due(&self, blind: bool) -> Instant {
        let Some(last) = self.last_scan else { return self.started };
        let pace =
            if blind { (self.rescan / MORE_OFTEN).max(SHORTEST_SCAN).min(self.rescan) } else { self.rescan };
        last + pace
    }

    fn changes_due(&self, heard: Option<(Instant, Instant)>) -> Option<Instant> {
        let quiet = heard.map(|(first, last)| (last + QUIET).min(first + SHORTEST));
        match self.retry {
            Some(retry) => Some(quiet.map_or(retry.at, |quiet| quiet.min(retry.at))),
            None => quiet,
        }
    }

    /// One sync in an interval; and while the remote is away, one try in a while.
    fn not_too_early(&self, at: Instant) -> Instant {
        let interval = self.last_begun.map_or(at, |begun| at.max(begun + self.interval));
        match self.retry {
            Some(retry) if retry.alone => interval.max(retry.at),
            _ => interval,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// A pace whose first scan began at the beginning and went well.
    fn running(minutes: u64, now: Instant) -> Pace {
        let mut pace = Pace::new(seconds(minutes * 60), HOUR, now);
        pace.begun(true, now);
        pace.ended(Ended::Well, now);
        pace
    }

    #[test]
    fn the_first_sync_is_a_scan_at_once() {
        let now = Instant::now();
        let pace = Pace::new(HOUR, HOUR, now);
        assert_eq!(pace.due(None, false), Due { at: now, scan: true });
    }

    #[test]
    fn a_quiet_second_leads_to_a_sync() {
        let now = Instant::now();
        let pace = running(0, now);
        let heard = now + seconds(100);
        let due = pace.due(Some((heard, heard + seconds(2))), false);
        assert_eq!(due, Due { at: heard + seconds(3), scan: false });
    }

    #[test]
    fn a_tree_that_is_never_quiet_is_synced_every_five_seconds() {
        let now = Instant::now();
        let pace = running(0, now);
        let heard = now + seconds(100);
        let due = pace.due(Some((heard, heard + Duration::from_millis(4_900))), false);
        assert_eq!(due, Due { at: heard + seconds(5), scan: false });
        let soon = now + seconds(1);
        assert_eq!(pace.due(Some((soon, soon)), false).at, now + seconds(5));
    }

    #[test]
    fn minutes_pass_between_two_syncs() {
        let now = Instant::now();
        let pace = running(3, now);
        let early = now + seconds(10);
        assert_eq!(pace.due(Some((early, early)), false).at, now + seconds(180));
        let late = now + seconds(200);
        assert_eq!(pace.due(Some((late, late)), false).at, late + seconds(1));
    }

    #[test]
    fn everything_is_looked_at_now_and_then_and_more_often_where_events_are_missing() {
        let now = Instant::now();
        let pace = running(0, now);
        assert_eq!(pace.due(None, false), Due { at: now + HOUR, scan: true });
        assert_eq!(pace.due(None, true), Due { at: now + seconds(360), scan: true });
        let short = Pace { rescan: seconds(30), ..pace };
        assert_eq!(short.due(None, true).at, now + seconds(30));
    }

    #[test]
    fn a_sync_that_failed_is_tried_again_though_nothing_is_heard() {
        let now = Instant::now();
        let mut pace = running(0, now);
        let mut end = now + seconds(100);
        for backoff in [5, 10, 20, 40, 60, 60] {
            pace.begun(false, end);
            pace.ended(Ended::Badly, end);
            // Changes do not bring it forward: the remote is away.
            for heard in [None, Some((end, end))] {
                assert_eq!(pace.due(heard, false), Due { at: end + seconds(backoff), scan: false });
            }
            end += seconds(backoff);
        }
        pace.begun(false, end);
        pace.ended(Ended::Well, end);
        assert_eq!(pace.due(None, false), Due { at: now + HOUR, scan: true });
    }

    #[test]
    fn one_bad_file_does_not_hold_up_the_others() {
        let now = Instant::now();
        let mut pace = running(0, now);
        for _ in 0..20 {
            pace.begun(false, now);
            pace.ended(Ended::AlmostWell, now);
        }
        assert_eq!(pace.due(None, false), Due { at: now + seconds(600), scan: false });
        let heard = now + seconds(10);
        assert_eq!(pace.due(Some((heard, heard)), false).at, heard + seconds(1));
    }

    proptest! {
        #[test]
        fn two_syncs_are_never_closer_than_the_interval_and_no_change_waits_for_ever(
            minutes in 0_u64..5,
            changes in prop::collection::vec(1_u64..400, 1..40),
            endings in prop::collection::vec(0_u8..3, 80),
        ) {
            let start = Instant::now();
            let mut pace = Pace::new(seconds(minutes * 60), HOUR, start);
            let interval = seconds((minutes * 60).max(5));
            let mut endings = endings.into_iter().cycle();
            let mut changes = changes.into_iter().scan(start, |at, gap| { *at += seconds(gap); Some(*at) }).peekable();
            let (mut last, mut heard): (Option<Instant>, Option<(Instant, Instant)>) = (None, None);
            loop {
                let due = pace.due(heard, false);
                if let Some(change) = changes.next_if(|change| *change <= due.at) {
                    heard = Some((heard.map_or(change, |(first, _)| first), change));
                    continue;
                }
                if heard.is_none() && changes.peek().is_none() {
                    break;
                }
                if let Some(last) = last {
                    prop_assert!(due.at >= last + interval);
                }
                if let Some((first, _)) = heard {
                    let latest = (first + SHORTEST).max(last.unwrap_or(start) + interval.max(LONGEST_BACKOFF));
                    prop_assert!(due.at <= latest, "{:?} after the change", due.at - first);
                }
                pace.begun(due.scan, due.at);
                pace.ended([Ended::Well, Ended::AlmostWell, Ended::Badly][usize::from(endings.next().unwrap())], due.at);
                (last, heard) = (Some(due.at), None);
            }
        }
    }
}
