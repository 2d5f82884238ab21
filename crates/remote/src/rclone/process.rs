//! One `rclone rcd` child: started on a private socket, watched, and ended.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use podfs_sync::{ErrorKind, RemoteError};
use rustix::process::{Pid, Signal, kill_process};
use serde::de::IgnoredAny;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

use super::binary::{self, Binary};
use super::client::Client;
use super::environment;
use super::form::Form;
use super::lifeline::Lifeline;
use super::options::RcloneOptions;
use super::tail::Tail;

/// How often a starting rclone is asked whether it is there.
const TICK: Duration = Duration::from_millis(10);
/// How long rclone gets to end in order, which includes taking back half-written files.
const ENDING: Duration = Duration::from_secs(5);
/// rclone's own HTTP limits would end a call after an hour, however well it goes.
const NO_LIMIT: &str = "8760h";
/// The longest path that a Unix socket can have on Linux, without its final NUL.
const LONGEST_SOCKET_PATH: usize = 107;

/// A running rclone. Dropped, it is killed at once; [`Rcd::stop`] lets it end in order.
#[derive(Debug)]
pub(super) struct Rcd {
    // Dropped in this order: the child goes before its socket's folder does.
    child: Mutex<Child>,
    lifeline: Mutex<Option<Lifeline>>,
    tail: Tail,
    folder: TempDir,
}

impl Rcd {
    /// Starts rclone and waits until it answers.
    ///
    /// # Errors
    /// [`ErrorKind::Local`] when there is no place for its socket, [`ErrorKind::Configuration`] when it ends with
    /// an error of its own.
    pub(super) async fn start(
        binary: &Binary,
        options: &RcloneOptions,
    ) -> Result<(Self, Client), RemoteError> {
        let folder = private_folder(&options.config).map_err(|cause| local("make a folder for", cause))?;
        let socket = folder.path().join("rc.sock");
        let client = Client::new(&socket).map_err(|cause| local("talk to", cause))?;
        let mut command = rcd_command(binary, options, folder.path(), &socket);
        let mut child = binary::spawn(&mut command).await.map_err(|cause| local("start", cause))?;
        let tail = Tail::follow(child.stderr.take().ok_or_else(|| local("read the output of", "no pipe"))?);
        wait_until_ready(&mut child, &client, &tail, options.start_timeout).await?;
        let lifeline = Lifeline::tie(&socket).map_err(|cause| local("talk to", cause))?;
        let (child, lifeline) = (Mutex::new(child), Mutex::new(Some(lifeline)));
        Ok((Self { child, lifeline, tail, folder }, client))
    }

    /// A folder that only this user can enter, gone with this rclone.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// rclone's process id, while it runs.
    pub(super) async fn pid(&self) -> Option<u32> {
        self.child.lock().await.id()
    }

    /// Whether rclone still runs.
    pub(super) async fn runs(&self) -> bool {
        matches!(self.child.lock().await.try_wait(), Ok(None))
    }

    /// How rclone ended, with its last words; `None` while it runs.
    pub(super) async fn obituary(&self) -> Option<String> {
        let mut child = self.child.lock().await;
        // A connection breaks a moment before the process is gone.
        let status = timeout(Duration::from_secs(1), child.wait()).await.ok()?.ok()?;
        Some(format!("rclone ended with {status}: {}", self.tail.last_words().await))
    }

    /// Lets rclone take back what is half done and end; kills it when that takes too long.
    pub(super) async fn stop(&self) {
        let mut child = self.child.lock().await;
        let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else { return };
        // rclone would wait for the end of this request before it takes anything back.
        drop(self.lifeline.lock().await.take());
        let asked = kill_process(pid, Signal::TERM);
        if asked.is_err() || timeout(ENDING, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
    }
}

/// A command that runs `binary` as every rclone of ours runs: same environment, same limits.
pub(super) fn base_command(binary: &Binary, options: &RcloneOptions, folder: &Path) -> Command {
    let mut command = Command::new(&binary.path);
    environment::clean(&mut command);
    command.env("TMPDIR", folder).stdin(Stdio::null()).kill_on_drop(true);
    command.arg("--config").arg(&options.config);
    command.arg("--cache-dir").arg(folder.join("cache")).arg("--temp-dir").arg(folder);
    command.args(["--log-level", "NOTICE", "--ask-password=false"]);
    command.arg(format!("--contimeout={}ms", options.connect_timeout.as_millis()));
    command.arg(format!("--timeout={}ms", options.io_timeout.as_millis()));
    command.arg(format!("--low-level-retries={}", options.low_level_retries));
    command
}

fn rcd_command(binary: &Binary, options: &RcloneOptions, folder: &Path, socket: &Path) -> Command {
    let mut command = base_command(binary, options, folder);
    command.arg("rcd").arg(format!("--rc-addr=unix://{}", socket.display())).arg("--rc-no-auth");
    command.args(["--rc-server-read-timeout", NO_LIMIT, "--rc-server-write-timeout", NO_LIMIT]);
    command.args(["--rc-job-expire-duration", "1s", "--rc-job-expire-interval", "1s"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    // Ctrl-C in a terminal goes to the whole group: it is for us to decide when rclone ends.
    command.process_group(0);
    command
}

/// In the folder for temporary files, or beside the configuration where that one cannot hold a socket.
fn private_folder(config: &Path) -> io::Result<TempDir> {
    let beside = config.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_path_buf);
    let mut failure = io::Error::other("no folder");
    for place in [Some(std::env::temp_dir()), beside].into_iter().flatten() {
        match private_folder_in(&place) {
            Ok(folder) => return Ok(folder),
            Err(cause) => failure = io::Error::new(cause.kind(), format!("{}: {cause}", place.display())),
        }
    }
    Err(failure)
}

/// Made with mode 0700: whoever reaches the socket can use the remote.
fn private_folder_in(place: &Path) -> io::Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("podfs-rclone-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(std::path::absolute(place)?)?;
    if folder.path().join("rc.sock").as_os_str().len() > LONGEST_SOCKET_PATH {
        return Err(io::Error::other("the path is too long for a socket"));
    }
    Ok(folder)
}

async fn wait_until_ready(
    child: &mut Child,
    client: &Client,
    tail: &Tail,
    patience: Duration,
) -> Result<(), RemoteError> {
    let deadline = Instant::now() + patience;
    while client.call::<IgnoredAny>("rc/noop", Form::new()).await.is_err() {
        if let Ok(Some(status)) = child.try_wait() {
            let detail = format!("it ended with {status}: {}", tail.last_words().await);
            return Err(RemoteError::new(ErrorKind::Configuration, "start", "rclone", detail));
        }
        if Instant::now() > deadline {
            return Err(local("start", format!("no answer within {} s", patience.as_secs())));
        }
        sleep(TICK).await;
    }
    Ok(())
}

fn local(operation: &'static str, cause: impl std::fmt::Display) -> RemoteError {
    RemoteError::new(ErrorKind::Local, operation, "rclone", cause)
}
