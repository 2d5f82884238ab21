//! Waiting for what comes by itself.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// From one look to the next, at least.
const TICK: Duration = Duration::from_millis(5);
/// How many times longer than a look the pause after it is. A look may be a whole program that starts, and several tests
/// that look all the time take the machine from what they wait for.
const PAUSES: u32 = 4;
/// From one look to the next, at most.
const LONGEST: Duration = Duration::from_secs(2);

/// Waits until something is so.
///
/// # Errors
/// When it is not after all of `patience`, which should be longer than anything takes on a machine that is busy with
/// other things.
pub fn until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
    let begin = Instant::now();
    loop {
        let look = Instant::now();
        if holds() {
            return Ok(());
        }
        if begin.elapsed() >= patience {
            bail!("not so after {patience:?}: {what}");
        }
        thread::sleep(look.elapsed().saturating_mul(PAUSES).clamp(TICK, LONGEST));
    }
}
