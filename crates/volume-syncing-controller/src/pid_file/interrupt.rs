//! The command `interrupt`.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::content::Content;
use super::file;
use super::process::{self, Fate};
use crate::exit::Exit;
use crate::failure::Failure;

const PAUSE: Duration = Duration::from_millis(20);

/// Asks the process that the PID file at `path` names to end, and waits for that as long as `wait` says. Gives the
/// message for the user.
pub(crate) fn interrupt(path: &Path, wait: Option<Duration>) -> Result<String, Failure> {
    let content = find(path)?;
    let pid = content.pid;
    let sent = process::terminate(content)
        .map_err(|error| Failure::unexpected(format!("cannot send SIGTERM to process {pid}: {error}")))?;
    if sent == Fate::Ended {
        return Err(ended(path, pid));
    }
    match wait {
        None => Ok(format!("asked process {pid} to end; a running sync ends first")),
        Some(patience) if has_ended_within(content, patience) => Ok(format!("process {pid} has ended")),
        Some(patience) => Err(Failure::unexpected(format!(
            "asked process {pid} to end, but it still runs after {} s; it may still be syncing",
            patience.as_secs()
        ))),
    }
}

/// Looks whether there is a process that could be asked. Gives the message for the user.
pub(crate) fn look(path: &Path) -> Result<String, Failure> {
    let pid = find(path)?;
    match process::fate(pid) {
        Fate::Ended => Err(ended(path, pid.pid)),
        Fate::Running => Ok(format!("process {} runs", pid.pid)),
    }
}

fn find(path: &Path) -> Result<Content, Failure> {
    match file::look(path) {
        Ok(Some(content)) => Ok(content),
        Ok(None) => Err(Failure::configuration(format!(
            "{} is no PID file; give the right one with --pid-path",
            path.display()
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(nobody(path, "it does not exist")),
        Err(error) => Err(Failure::configuration(format!("cannot read {}: {error}", path.display()))),
    }
}

fn ended(path: &Path, pid: impl std::fmt::Display) -> Failure {
    nobody(path, &format!("process {pid}, which it names, has ended"))
}

fn nobody(path: &Path, why: &str) -> Failure {
    Failure::new(
        Exit::Failed,
        anyhow::anyhow!(
            "no process to interrupt by the PID file {}: {why}; only a sync with --schedule writes one, at its \
             --pid-path",
            path.display()
        ),
    )
}

fn has_ended_within(content: Content, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if process::fate(content) == Fate::Ended {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
}
