//! One running server: its process, its log, and waiting until it answers.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::scratch::Scratch;
use super::spawner;

/// Generous, since a loaded machine starts a server slowly; a server that dies is noticed at once.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many lines of a log tell why a server ended.
const TAIL: usize = 40;
/// How long to wait between two looks at a server that is starting.
const TICK: Duration = Duration::from_millis(10);

/// A server that is killed, and waited for, when this is dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    name: &'static str,
    log: PathBuf,
}

/// Why a server did not come up.
#[derive(Debug)]
pub(crate) enum Start {
    /// It answers.
    Ready(ServerProcess),
    /// Another program got one of its ports first: try again with others.
    PortTaken,
}

impl ServerProcess {
    /// Starts a server and waits until `ready` says so.
    pub(crate) fn start(
        name: &'static str,
        mut command: Command,
        scratch: &Scratch,
        mut ready: impl FnMut() -> bool,
    ) -> Result<Start> {
        let log = scratch.log(name);
        let file = File::create(&log).with_context(|| format!("cannot make the log of {name}"))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let mut server = Self { child: spawner::spawn(command)?, name, log };
        let deadline = Instant::now() + PATIENCE;
        while !ready() {
            if let Some(status) = server.child.try_wait()? {
                if server.log().contains("address already in use") {
                    return Ok(Start::PortTaken);
                }
                bail!("{name} ended with {status} while starting; its log:\n{}", server.log());
            }
            if Instant::now() > deadline {
                bail!("{name} did not answer within {PATIENCE:?}; its log:\n{}", server.log());
            }
            thread::sleep(TICK);
        }
        Ok(Start::Ready(server))
    }

    /// What the server has printed so far.
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills the server now, as a power cut would.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().with_context(|| format!("cannot kill {}", self.name))?;
        self.wait()
    }

    /// Waits until the server has ended.
    pub(crate) fn wait(&mut self) -> Result<()> {
        self.child.wait().map(drop).with_context(|| format!("cannot wait for {}", self.name))
    }

    /// Fails, with the end of its log, when the server has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default().join("\n");
        bail!("{} ended with {status}; the end of its log:\n{tail}", self.name)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended by itself; a guard has nobody to tell.
        drop(self.kill());
    }
}

/// Starts a server on new ports until none of them is taken.
pub(crate) fn retry_on_taken_port<T>(mut start: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    for _ in 0..5 {
        if let Some(server) = start()? {
            return Ok(server);
        }
    }
    bail!("other programs took a server's ports five times in a row")
}
