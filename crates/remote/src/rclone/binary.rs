//! Finding rclone and refusing one that is missing or too old, with one message that says what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use podfs_sync::{ErrorKind, RemoteError};
use tokio::process::{Child, Command};

use super::environment;
use super::version::{MINIMUM_VERSION, RcloneVersion};

/// The variable that names the program where `PATH` does not find it.
const BINARY_VARIABLE: &str = "PODFS_RCLONE";
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a program file that is being written is tried again.
const BUSY_RETRIES: u32 = 20;

/// The rclone of this remote.
#[derive(Debug, Clone)]
pub(super) struct Binary {
    pub(super) path: PathBuf,
}

impl Binary {
    /// The one at `chosen`, in `PODFS_RCLONE`, or in `PATH`. Nothing is looked at yet.
    pub(super) fn choose(chosen: Option<PathBuf>) -> Self {
        Self { path: chosen.or_else(from_environment).unwrap_or_else(|| PathBuf::from("rclone")) }
    }

    /// Whether it is recent enough, by what it calls its version (`v1.75.2`).
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when it is too old, or no rclone.
    pub(super) fn check(&self, version: Option<RcloneVersion>) -> Result<RcloneVersion, RemoteError> {
        match version {
            Some(version) if version >= MINIMUM_VERSION => Ok(version),
            Some(version) => Err(self.refusal(format_args!("it is version {version}"))),
            None => Err(self.refusal("it does not tell its version as rclone does")),
        }
    }

    /// Why it did not start: it is missing, too old or no rclone, or else `error`.
    pub(super) async fn explain(&self, error: RemoteError) -> RemoteError {
        let checked = match ask_version(&self.path).await {
            Ok(output) => self.check(RcloneVersion::from_output(&output)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Err(self.refusal("it is not there")),
            Err(cause) => Err(self.refusal(format_args!("it does not run: {cause}"))),
        };
        checked.err().unwrap_or(error)
    }

    fn refusal(&self, what: impl fmt::Display) -> RemoteError {
        let detail = format!(
            "this storage needs rclone {MINIMUM_VERSION} or newer, and {what}; install it with your package manager or \
             from rclone.org/downloads, or name another one in {BINARY_VARIABLE}"
        );
        RemoteError::new(ErrorKind::Configuration, "use the program", self.path.display(), detail)
    }
}

fn from_environment() -> Option<PathBuf> {
    std::env::var_os(BINARY_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

async fn ask_version(path: &Path) -> io::Result<String> {
    let mut command = Command::new(path);
    environment::clean(&mut command);
    command.arg("version").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(output) => output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no answer to `rclone version`")),
    }
}

/// Starts `command`; a program that another process is still writing (an update under way) gets a moment.
pub(super) async fn spawn(command: &mut Command) -> io::Result<Child> {
    for _ in 0..BUSY_RETRIES {
        match command.spawn() {
            Err(cause) if cause.kind() == io::ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            result => return result,
        }
    }
    command.spawn()
}
