//! How often and how soon a request is sent again.

use std::time::Duration;

use super::fault::{Fault, Retry};

/// How patient a remote is. The defaults give up on a store that does not answer after at most about 25 seconds,
/// and on one that answers with errors after about 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts while the store cannot be reached; at least 1.
    pub connection_attempts: u32,
    /// Attempts while the store answers with errors that may pass (500, `SlowDown`); at least 1.
    pub server_attempts: u32,
    /// The longest wait before the second attempt; it doubles from there. Waits are drawn at random from the
    /// upper half, so that many clients do not come back at once.
    pub first_delay: Duration,
    /// The longest wait between two attempts.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            connection_attempts: 4,
            server_attempts: 8,
            first_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(5),
        }
    }
}

/// One request's (or one transfer's) retries so far.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    policy: RetryPolicy,
    failed: u32,
    unreached: u32,
}

impl Backoff {
    pub(crate) const fn new(policy: RetryPolicy) -> Self {
        Self { policy, failed: 0, unreached: 0 }
    }

    /// Waits before the next attempt, or gives the fault back when there is none left.
    pub(crate) async fn after(&mut self, fault: Fault) -> Result<(), Fault> {
        self.failed += 1;
        let spent = match fault.retry() {
            Retry::Never => true,
            Retry::Server => self.failed >= self.policy.server_attempts,
            Retry::Connection => {
                // A stall costs the most time of all: two of them are as bad as four refusals.
                self.unreached += if matches!(fault, Fault::Stalled(_)) { 2 } else { 1 };
                self.unreached >= self.policy.connection_attempts
                    || self.failed >= self.policy.server_attempts
            }
        };
        if spent {
            return Err(fault);
        }
        tracing::debug!(attempt = self.failed, %fault, "trying again");
        tokio::time::sleep(self.delay()).await;
        Ok(())
    }

    /// Something went well since: the next fault starts from the beginning.
    pub(crate) const fn reset(&mut self) {
        self.failed = 0;
        self.unreached = 0;
    }

    fn delay(&self) -> Duration {
        let doublings = self.failed.saturating_sub(1).min(16);
        let longest = self.policy.first_delay.saturating_mul(1 << doublings).min(self.policy.max_delay);
        // A clock without randomness still backs off; it only loses the spread.
        let random = getrandom::u32().unwrap_or(u32::MAX);
        longest.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Answer;

    fn policy() -> RetryPolicy {
        let delay = Duration::from_millis(1);
        RetryPolicy { connection_attempts: 2, server_attempts: 4, first_delay: delay, max_delay: delay * 3 }
    }

    fn answer(status: u16) -> Fault {
        Fault::Answer(Answer { status, code: String::new(), message: String::new() })
    }

    async fn attempts(fault: Fault) -> u32 {
        let mut backoff = Backoff::new(policy());
        let mut attempts = 1;
        while backoff.after(fault.clone()).await.is_ok() {
            attempts += 1;
        }
        attempts
    }

    #[tokio::test]
    async fn each_kind_of_fault_has_its_budget() {
        assert_eq!(attempts(answer(403)).await, 1);
        assert_eq!(attempts(answer(503)).await, 4);
        assert_eq!(attempts(Fault::Connect("refused".into())).await, 2);
    }

    #[test]
    fn waits_grow_and_stay_within_bounds() {
        let mut backoff = Backoff::new(policy());
        for (failed, longest) in [(1, 1000), (2, 2000), (3, 3000), (30, 3000)] {
            backoff.failed = failed;
            let delay = backoff.delay().as_micros();
            assert!(delay >= longest / 2 && delay <= longest, "{delay} µs after {failed}");
        }
    }
}
