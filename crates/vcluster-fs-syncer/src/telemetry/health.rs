//! Whether the agent lives, and whether it has done its first work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A pass that takes longer hangs. The kernel may hang in one, on a volume whose server is away.
const HANGS: Duration = Duration::from_secs(5 * 60);

/// Shared between the agent and those who ask.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    ready: bool,
    reason: Option<String>,
    running_since: Option<Instant>,
}

impl Health {
    /// A pass saw all that there is, for Pods that are known.
    pub(crate) fn ready(&self) {
        let mut state = self.state();
        (state.ready, state.reason) = (true, None);
    }

    /// Mounts cannot be kept as they should be.
    pub(crate) fn not_ready(&self, reason: &str) {
        let mut state = self.state();
        (state.ready, state.reason) = (false, Some(reason.to_owned()));
    }

    /// A pass begins.
    pub(crate) fn pass_started(&self, now: Instant) {
        self.state().running_since = Some(now);
    }

    /// It ended, well or not.
    pub(crate) fn pass_ended(&self) {
        self.state().running_since = None;
    }

    /// Whether the work goes on.
    pub(crate) fn is_alive(&self, now: Instant) -> Result<(), String> {
        match self.state().running_since {
            Some(since) if now.saturating_duration_since(since) > HANGS => {
                Err(format!("a pass has been running for more than {} s", HANGS.as_secs()))
            }
            _ => Ok(()),
        }
    }

    /// Whether what is mounted is what should be, as far as it is known.
    pub(crate) fn is_ready(&self) -> Result<(), String> {
        let state = self.state();
        if state.ready {
            return Ok(());
        }
        Err(state.reason.clone().unwrap_or_else(|| "the Pods of this node are not known yet".to_owned()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_who_has_made_a_pass() {
        let health = Health::default();
        assert!(health.is_ready().unwrap_err().contains("not known yet"));
        health.ready();
        assert_eq!(health.is_ready(), Ok(()));
        health.not_ready("wrong node");
        assert_eq!(health.is_ready(), Err("wrong node".to_owned()));
    }

    #[test]
    fn a_pass_that_hangs_is_told() {
        let (health, start) = (Health::default(), Instant::now());
        health.pass_started(start);
        assert_eq!(health.is_alive(start + HANGS), Ok(()));
        assert!(health.is_alive(start + HANGS + Duration::from_secs(1)).is_err());
        health.pass_ended();
        assert_eq!(health.is_alive(start + HANGS * 2), Ok(()));
    }
}
