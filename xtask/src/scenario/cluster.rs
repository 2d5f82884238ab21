//! Waiting for a cluster, as a scenario does.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Longer than anything takes in a scenario that goes well.
const PATIENCE: Duration = Duration::from_secs(300);
const TICK: Duration = Duration::from_millis(200);

/// Waits until `look` finds what it looks for; says what it saw last when it does not.
pub(super) fn wait<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look();
        match seen {
            Ok(Some(found)) => return Ok(found),
            Ok(None) if Instant::now() < deadline => {}
            Ok(None) => bail!("not so after {PATIENCE:?}: {what}"),
            Err(error) if Instant::now() < deadline => drop(error),
            Err(error) => return Err(error.context(format!("not so after {PATIENCE:?}: {what}"))),
        }
        thread::sleep(TICK);
    }
}
