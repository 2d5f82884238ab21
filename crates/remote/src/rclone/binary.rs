//! Finding rclone and refusing one that is missing or too old, with one message that says what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use podfs_sync::{ErrorKind, RemoteError};
use tokio::process::Command;

use super::environment;
use super::version::{MINIMUM_VERSION, RcloneVersion};

/// The variable that names the program where `PATH` does not find it.
const BINARY_VARIABLE: &str = "PODFS_RCLONE";
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a program file that is being written is tried again.
const BUSY_RETRIES: u32 = 20;

/// An rclone that is recent enough.
#[derive(Debug, Clone)]
pub(super) struct Binary {
    pub(super) path: PathBuf,
    pub(super) version: RcloneVersion,
}

impl Binary {
    /// Looks for rclone at `chosen`, in `PODFS_RCLONE`, or in `PATH`, and asks it for its version.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when it is missing, too old, or no rclone.
    pub(super) async fn find(chosen: Option<PathBuf>) -> Result<Self, RemoteError> {
        let path = chosen.or_else(from_environment).unwrap_or_else(|| PathBuf::from("rclone"));
        let output = match ask_version(&path).await {
            Ok(output) => output,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(refusal(&path, "it is not there"));
            }
            Err(cause) => return Err(refusal(&path, format_args!("it does not run: {cause}"))),
        };
        match RcloneVersion::from_output(&output) {
            Some(version) if version >= MINIMUM_VERSION => Ok(Self { path, version }),
            Some(version) => Err(refusal(&path, format_args!("it is version {version}"))),
            None => Err(refusal(&path, "it does not tell its version as rclone does")),
        }
    }
}

fn from_environment() -> Option<PathBuf> {
    std::env::var_os(BINARY_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

async fn ask_version(path: &PathBuf) -> io::Result<String> {
    let mut command = Command::new(path);
    environment::clean(&mut command);
    command.arg("version").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(PATIENCE, output_of(&mut command)).await {
        Ok(output) => output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no answer to `rclone version`")),
    }
}

/// Runs `command`; a program that another process is still writing (an update under way) gets a moment.
async fn output_of(command: &mut Command) -> io::Result<std::process::Output> {
    for _ in 0..BUSY_RETRIES {
        match command.output().await {
            Err(cause) if cause.kind() == io::ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            result => return result,
        }
    }
    command.output().await
}

fn refusal(path: &std::path::Path, what: impl fmt::Display) -> RemoteError {
    let detail = format!(
        "this storage needs rclone {MINIMUM_VERSION} or newer, and {what}; install it with your package manager or \
         from rclone.org/downloads, or name another one in {BINARY_VARIABLE}"
    );
    RemoteError::new(ErrorKind::Configuration, "use the program", path.display(), detail)
}
