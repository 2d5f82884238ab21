//! A fixed delay in whole seconds, as `@every` gives it.
//!
//! Robfig/cron v3 (`constantdelay.go`): less than a second becomes one second, anything else loses what is
//! below the second; due times fall on full seconds. Zero and negative delays become one second there; here
//! they are refused, for nobody who writes `0s` means to sync without a break.

use jiff::{SignedDuration, Timestamp};

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;

/// A delay of one second or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Every {
    seconds: i64,
}

/// Where a moment falls in a row of due times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    /// Due times that have come, up to and including the moment.
    pub(super) count: u64,
    /// The first due time after the moment.
    pub(super) next: Option<Timestamp>,
}

impl Every {
    /// The delay, unless it is zero or less.
    pub(super) fn from_nanoseconds(nanoseconds: i64) -> Option<Self> {
        if nanoseconds <= 0 {
            return None;
        }
        Some(Self { seconds: (nanoseconds / NANOSECONDS_PER_SECOND).max(1) })
    }

    /// The due time that follows a run at `after`.
    pub(super) fn next_after(self, after: Timestamp) -> Option<Timestamp> {
        at_second(full_second(after).checked_add(self.seconds)?)
    }

    /// Which due times of the row that starts at `due` have come by `now`, by arithmetic: a row of seconds
    /// over years costs no more than one over minutes. `due` itself does not count.
    pub(super) fn passed_between(self, due: Timestamp, now: Timestamp) -> Passed {
        let start = full_second(due);
        let count = full_second(now).saturating_sub(start).max(0) / self.seconds;
        let next = count
            .checked_add(1)
            .and_then(|steps| steps.checked_mul(self.seconds))
            .and_then(|distance| start.checked_add(distance))
            .and_then(at_second);
        Passed { count: count.unsigned_abs(), next }
    }
}

/// The second a moment lies in, rounded down also before 1970.
fn full_second(moment: Timestamp) -> i64 {
    let second = moment.as_second();
    if moment.subsec_nanosecond() < 0 { second - 1 } else { second }
}

/// The moment at a second, unless it is past the end of time as jiff knows it.
fn at_second(second: i64) -> Option<Timestamp> {
    Timestamp::from_duration(SignedDuration::from_secs(second)).ok()
}

/// The first full second after a moment.
pub(super) fn following_second(moment: Timestamp) -> Option<Timestamp> {
    at_second(full_second(moment).checked_add(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn delays_are_whole_seconds_and_at_least_one() {
        for (nanoseconds, seconds) in [(1, 1), (999_999_999, 1), (1_999_999_999, 1), (2_000_000_000, 2)] {
            assert_eq!(Every::from_nanoseconds(nanoseconds), Some(Every { seconds }));
        }
        assert_eq!(Every::from_nanoseconds(0), None);
        assert_eq!(Every::from_nanoseconds(-1), None);
    }

    #[test]
    fn due_times_fall_on_full_seconds_also_before_1970() {
        let every = Every { seconds: 2 };
        assert_eq!(every.next_after(at("2024-05-01T00:00:00.9Z")), Some(at("2024-05-01T00:00:02Z")));
        assert_eq!(every.next_after(at("1969-12-31T23:59:58.5Z")), Some(at("1970-01-01T00:00:00Z")));
        assert_eq!(following_second(at("1969-12-31T23:59:58.5Z")), Some(at("1969-12-31T23:59:59Z")));
        assert_eq!(following_second(at("1969-12-31T23:59:58Z")), Some(at("1969-12-31T23:59:59Z")));
    }

    #[test]
    fn the_end_of_time_has_no_next() {
        assert_eq!(Every { seconds: i64::MAX }.next_after(at("2024-05-01T00:00:00Z")), None);
        assert_eq!(Every { seconds: 1 }.next_after(Timestamp::MAX), None);
    }

    #[test]
    fn a_due_time_that_is_now_has_passed() {
        let every = Every { seconds: 60 };
        let passed = every.passed_between(at("2024-05-01T00:00:00Z"), at("2024-05-01T00:02:00Z"));
        assert_eq!(passed, Passed { count: 2, next: Some(at("2024-05-01T00:03:00Z")) });
    }
}
