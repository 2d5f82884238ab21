//! A sidecar that runs for as long as this lives.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use podfs_testkit::servers::spawn;
use podfs_testkit::until;

use super::usage::{Usage, usage};
use crate::contestant::Contestant;
use crate::turn::Turn;

/// What it says at the end of a sync.
pub(super) const DONE: &str = "done: ";
/// Longer than a big tree's first sync takes.
const PATIENCE: Duration = Duration::from_secs(1800);
/// Who has done nothing for so long is at rest: longer than the time that two syncs keep between them.
const QUIET: Duration = Duration::from_secs(6);
/// What may pass for nothing: one tick of the clock by which the kernel counts.
const NOTHING: Duration = Duration::from_millis(10);

/// A process that is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Sidecar {
    child: Child,
    log: PathBuf,
}

impl Sidecar {
    /// Starts to watch a folder, for the remote of a turn.
    pub(super) fn start(turn: &Turn<'_>, dir: &Path) -> Result<Self> {
        let job = turn.job(dir);
        let mut command = Contestant::sidecar(&job, turn.lab.controller.as_deref())?;
        let log = job.scratch.join("sidecar.log");
        let file = File::create(&log).context("cannot make the sidecar's log")?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        Ok(Self { child: spawn(command)?, log })
    }

    /// Waits until its first sync is over and nothing is left to be done.
    pub(super) fn wait_for_rest(&mut self) -> Result<()> {
        self.wait_for(DONE, 0)?;
        let begin = Instant::now();
        let mut before = self.usage()?.cpu;
        while begin.elapsed() < PATIENCE {
            thread::sleep(QUIET);
            let now = self.usage()?.cpu;
            if now - before <= NOTHING {
                return Ok(());
            }
            before = now;
        }
        bail!("the sidecar is never at rest")
    }

    /// Waits until it says something; what it had said before, so many bytes, does not count.
    pub(super) fn wait_for(&mut self, text: &str, said: usize) -> Result<()> {
        until(&format!("the sidecar says {text:?}"), PATIENCE, || {
            self.said_since(said).contains(text) || self.has_ended()
        })?;
        if self.has_ended() {
            bail!("the sidecar has ended by itself: {}", self.said_since(said));
        }
        Ok(())
    }

    /// All that it has said after so many bytes.
    pub(super) fn said_since(&self, said: usize) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(log.get(said..).unwrap_or_default()).into_owned()
    }

    /// What it holds and has used by now.
    pub(super) fn usage(&self) -> Result<Usage> {
        usage(self.child.id())
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        // It may have ended by itself; a guard has nobody to tell.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
