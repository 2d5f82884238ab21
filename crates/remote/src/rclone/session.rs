//! One running rclone and one remote in it: calls that are tried again, bounded in time, and explained.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use podfs_sync::{ErrorKind, RemoteError};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::binary::Binary;
use super::classify::verdict;
use super::client::{CallError, Client};
use super::form::Form;
use super::lent::Lent;
use super::options::RcloneOptions;
use super::process::Rcd;
use super::retry::{Attempts, Failed};
use super::version::RcloneVersion;

/// What one call is about, for its error.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The verb: `upload`.
    pub(super) operation: &'static str,
    /// The file or place.
    pub(super) object: &'a (dyn fmt::Display + Sync),
}

/// A running rclone, with the options of the remote that it serves.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) options: RcloneOptions,
    pub(super) binary: Binary,
    pub(super) version: RcloneVersion,
    rcd: Rcd,
    client: Client,
    // Dropped after the child, which may use them.
    pub(super) lent: Lent,
}

/// The part of `core/version` that matters.
#[derive(Deserialize)]
struct VersionAnswer {
    version: String,
}

impl Session {
    /// Finds and starts rclone.
    pub(super) async fn start(options: RcloneOptions) -> Result<Self, RemoteError> {
        let binary = Binary::choose(options.binary.clone());
        let (rcd, client) = match Rcd::start(&binary, &options).await {
            Ok(started) => started,
            Err(error) => return Err(binary.explain(error).await),
        };
        let answer = client.call::<VersionAnswer>("core/version", Form::new()).await;
        let version = answer.ok().and_then(|answer| RcloneVersion::parse(&answer.version));
        let version = binary.check(version)?;
        Ok(Self { options, binary, version, rcd, client, lent: Lent::default() })
    }

    /// A private folder for small files.
    pub(super) fn folder(&self) -> &Path {
        self.rcd.folder()
    }

    /// rclone's process id, while it runs.
    pub(super) async fn pid(&self) -> Option<u32> {
        self.rcd.pid().await
    }

    /// Whether rclone still runs.
    pub(super) async fn runs(&self) -> bool {
        self.rcd.runs().await
    }

    /// Ends rclone in order.
    pub(super) async fn stop(&self) {
        self.rcd.stop().await;
        self.lent.take_back();
    }

    /// Runs a command that takes as long as it takes (a copy, a listing); rclone bounds its silence.
    pub(super) async fn run<T: DeserializeOwned>(
        &self,
        about: Subject<'_>,
        command: &str,
        input: &Form,
    ) -> Result<T, RemoteError> {
        let mut attempts = Attempts::new(self.options.attempts);
        loop {
            match self.try_once(about, command, input.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => attempts.after(failed).await?,
            }
        }
    }

    /// Runs a command that answers soon or never.
    pub(super) async fn run_soon<T: DeserializeOwned>(
        &self,
        about: Subject<'_>,
        command: &str,
        input: &Form,
    ) -> Result<T, RemoteError> {
        self.within(self.patience(), about, self.run(about, command, input)).await
    }

    /// Runs a command of which only the success counts.
    pub(super) async fn tell(
        &self,
        about: Subject<'_>,
        command: &str,
        input: &Form,
    ) -> Result<(), RemoteError> {
        self.run_soon::<IgnoredAny>(about, command, input).await.map(drop)
    }

    /// Removes a folder if it is empty. One try: in most cases the answer is that it is not.
    pub(super) async fn remove_once(&self, about: Subject<'_>, input: &Form) -> Result<(), RemoteError> {
        let asked = async {
            let answer = self.try_once::<IgnoredAny>(about, "operations/rmdir", input.clone()).await;
            answer.map(drop).map_err(|failed| failed.error)
        };
        self.within(self.patience(), about, asked).await
    }

    /// Gives `work` at most `patience`.
    pub(super) async fn within<T>(
        &self,
        patience: Duration,
        about: Subject<'_>,
        work: impl Future<Output = Result<T, RemoteError>>,
    ) -> Result<T, RemoteError> {
        match tokio::time::timeout(patience, work).await {
            Ok(result) => result,
            Err(_) => {
                let detail = format!("no answer within {} s", patience.as_secs());
                Err(RemoteError::new(ErrorKind::Unreachable, about.operation, about.object, detail))
            }
        }
    }

    /// One try of one call.
    pub(super) async fn try_once<T: DeserializeOwned>(
        &self,
        about: Subject<'_>,
        command: &str,
        input: Form,
    ) -> Result<T, Failed> {
        match self.client.call(command, input).await {
            Ok(answer) => Ok(answer),
            Err(CallError::Refused { status, message }) => Err(refused(about, status, &message)),
            Err(CallError::Lost(cause)) => Err(self.lost(about, cause).await),
        }
    }

    /// Without rclone nothing else of this sync can work.
    async fn lost(&self, about: Subject<'_>, cause: String) -> Failed {
        let detail = self.rcd.obituary().await.unwrap_or(cause);
        let error = RemoteError::new(ErrorKind::Unreachable, about.operation, about.object, detail);
        Failed { error, passing: false, answered: false }
    }

    fn patience(&self) -> Duration {
        let RcloneOptions { connect_timeout, io_timeout, low_level_retries, .. } = self.options;
        connect_timeout.saturating_mul(low_level_retries).saturating_add(io_timeout.saturating_mul(2))
    }
}

fn refused(about: Subject<'_>, status: u16, message: &str) -> Failed {
    let verdict = verdict(status, message);
    let detail = message.lines().collect::<Vec<_>>().join(" ");
    let error = RemoteError::new(verdict.kind, about.operation, about.object, detail);
    Failed { error, passing: verdict.passing, answered: true }
}
