//! Trying again what may pass, a few times, with growing pauses.

use std::time::Duration;

use podfs_sync::RemoteError;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// An error of one try, and whether the next may do better.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: RemoteError,
    pub(super) passing: bool,
    /// Whether rclone is through with it.
    pub(super) answered: bool,
}

/// Counts the tries of one operation.
#[derive(Debug)]
pub(super) struct Attempts {
    tried: u32,
    limit: u32,
}

impl Attempts {
    /// At most `limit` tries, and always one.
    pub(super) const fn new(limit: u32) -> Self {
        Self { tried: 1, limit }
    }

    /// Waits before the next try, or gives the error back when there shall be none.
    pub(super) async fn after(&mut self, failed: Failed) -> Result<(), RemoteError> {
        let Failed { error, passing, .. } = failed;
        if !passing || self.tried >= self.limit {
            return Err(error);
        }
        tracing::debug!("attempt {} of {}: {error}", self.tried, self.limit);
        tokio::time::sleep(pause(self.tried)).await;
        self.tried += 1;
        Ok(())
    }
}

/// Doubles with each try; a random half of it keeps many failed calls from coming back together.
fn pause(tried: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << tried.min(10).saturating_sub(1)).min(LONGEST_PAUSE);
    let random = getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX));
    longest.mul_f64(0.5 + random / 2.0)
}

#[cfg(test)]
mod tests {
    use podfs_sync::ErrorKind;

    use super::*;

    fn failed(passing: bool) -> Failed {
        Failed { error: RemoteError::new(ErrorKind::Other, "try", "it", ""), passing, answered: true }
    }

    #[tokio::test]
    async fn stops_at_the_limit_and_at_what_does_not_pass() {
        let mut attempts = Attempts::new(3);
        assert!(attempts.after(failed(true)).await.is_ok());
        assert!(attempts.after(failed(true)).await.is_ok());
        assert!(attempts.after(failed(true)).await.is_err());
        assert!(Attempts::new(3).after(failed(false)).await.is_err());
    }
}
