//! The clock on the wall, as the schedule loop sees it.

use std::time::Duration;

use jiff::Zoned;

/// The longest sleep. The wall clock is looked at again after that, because it may have been set, or the machine may
/// have slept.
const NAP: Duration = Duration::from_secs(30);

/// What time it is, and waiting for another time. A test has one of its own.
pub(super) trait Clock {
    /// Now, in the zone of the process.
    fn now(&self) -> Zoned;

    /// Comes back when it is `due`.
    async fn wait_until(&self, due: &Zoned);
}

/// The clock of this machine.
pub(super) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Zoned {
        Zoned::now()
    }

    async fn wait_until(&self, due: &Zoned) {
        while let Ok(left) = Duration::try_from(due.timestamp().duration_since(self.now().timestamp()))
            && !left.is_zero()
        {
            tokio::time::sleep(left.min(NAP)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_due_already_does_not_wait() {
        let clock = WallClock;
        clock.wait_until(&clock.now().saturating_sub(jiff::Span::new().hours(1))).await;
    }

    #[tokio::test]
    async fn never_comes_back_too_early() {
        let clock = WallClock;
        let due = clock.now().saturating_add(jiff::Span::new().milliseconds(30));
        clock.wait_until(&due).await;
        assert!(clock.now() >= due);
    }
}
