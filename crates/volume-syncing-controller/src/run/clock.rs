//! The clock on the wall, as the schedule loop sees it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Zoned};

/// The longest sleep. The wall clock is looked at again after that, because it may have been set, or the machine may
/// have slept.
const NAP: Duration = Duration::from_secs(30);

/// A clock that goes back this far was set; less than that is a correction, which a run must not be repeated for.
const SET_BACK: SignedDuration = SignedDuration::from_secs(60);

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// It is due.
    Due,
    /// The clock was set back, so that the due time is no longer the next one.
    SetBack,
}

/// What time it is, and waiting for another time. A test has one of its own.
pub(super) trait Clock {
    /// Now, in the zone of the process.
    fn now(&self) -> Zoned;

    /// Waits until it is `due`.
    async fn wait_until(&self, due: &Zoned) -> Waited;
}

/// The clock of this machine.
pub(super) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Zoned {
        Zoned::now()
    }

    async fn wait_until(&self, due: &Zoned) -> Waited {
        let mut now = Timestamp::now();
        loop {
            let left = match Duration::try_from(due.timestamp().duration_since(now)) {
                Ok(left) if !left.is_zero() => left,
                _ => return Waited::Due,
            };
            tokio::time::sleep(left.min(NAP)).await;
            let before = std::mem::replace(&mut now, Timestamp::now());
            if was_set_back(before, now) {
                return Waited::SetBack;
            }
        }
    }
}

fn was_set_back(before: Timestamp, now: Timestamp) -> bool {
    before.duration_since(now) > SET_BACK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_due_already_does_not_wait() {
        let clock = WallClock;
        let past = clock.now().saturating_sub(jiff::Span::new().hours(1));
        assert_eq!(clock.wait_until(&past).await, Waited::Due);
    }

    #[tokio::test]
    async fn never_comes_back_too_early() {
        let clock = WallClock;
        let due = clock.now().saturating_add(jiff::Span::new().milliseconds(30));
        assert_eq!(clock.wait_until(&due).await, Waited::Due);
        assert!(clock.now() >= due);
    }

    #[test]
    fn a_correction_of_the_clock_is_not_a_clock_that_was_set() {
        let before: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (seconds, expected) in [(5, false), (-60, false), (-61, true), (-86_400, true)] {
            let now = before + SignedDuration::from_secs(seconds);
            assert_eq!(was_set_back(before, now), expected, "{seconds}");
        }
    }
}
