//! Waiting for what comes by itself.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// From one look to the next.
const TICK: Duration = Duration::from_millis(5);

/// Waits until something is so.
///
/// # Errors
/// When it is not after all of `patience`, which should be longer than anything takes on a machine that is busy with
/// other things.
pub fn until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
    let begin = Instant::now();
    while !holds() {
        if begin.elapsed() >= patience {
            bail!("not so after {patience:?}: {what}");
        }
        thread::sleep(TICK);
    }
    Ok(())
}
