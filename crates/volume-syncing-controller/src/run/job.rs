//! One run of a sync, from the lock of the directory to the last line that a person sees.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podfs_sync::{Clock, LeftOut, MountsPlace, Planned, Report, Scope, Settings, Sync, SyncError};
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use super::signals::Signals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Console, Progress, Record};
use crate::remote_request::Opened;
use crate::state::{FolderLock, IndexName, LockName};

/// How long the engine may take to come to rest once everything is given up.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// What is the same for every run.
pub(super) struct Job {
    pub(super) connection: Connection,
    pub(super) local: PathBuf,
    pub(super) settings: Settings,
    pub(super) lock: LockName,
    pub(super) index: IndexName,
    /// Where it is noted what is mounted inside the directory.
    pub(super) mounts: PathBuf,
    pub(super) only_if_synced: bool,
    pub(super) dry_run: bool,
    pub(super) console: Console,
    pub(super) signals: Signals,
}

impl Job {
    /// Syncs what lies in `scope` once. Waits for a sync of the same directory by another process, and for the
    /// remote, until `patience` is cancelled; `None` means that this happened and nothing was begun.
    pub(super) async fn run(
        &self,
        scope: Scope,
        patience: &CancellationToken,
    ) -> Result<Option<Exit>, Failure> {
        let mut record = self.console.record();
        let (lock, opened) = match self.begin(patience).await {
            Ok(Some(begun)) => begun,
            Ok(None) => return Ok(None),
            Err(failure) => return record.finish(Err(failure)).map(Some),
        };
        let outcome = Box::pin(self.attempt(opened, scope, &mut record)).await;
        if self.signals.stop.is_cancelled() {
            // Whoever gets the lock next meets nothing of ours that still works on the remote.
            self.connection.close().await;
        }
        drop(lock);
        record.finish(outcome).map(Some)
    }

    /// What a run needs for itself.
    async fn begin(&self, patience: &CancellationToken) -> Result<Option<(FolderLock, Opened)>, Failure> {
        let Some(lock) = self.take_lock(patience).await? else { return Ok(None) };
        tokio::select! {
            biased;
            () = patience.cancelled() => Ok(None),
            opened = self.connection.open() => Ok(Some((lock, opened?))),
        }
    }

    async fn take_lock(&self, patience: &CancellationToken) -> Result<Option<FolderLock>, Failure> {
        let waiting = |holder: Option<u32>| {
            let holder = holder.map_or(String::from("another process"), |pid| format!("process {pid}"));
            tracing::warn!("{holder} is syncing {}; waiting until it has ended", self.local.display());
        };
        tokio::select! {
            biased;
            () = patience.cancelled() => Ok(None),
            lock = self.lock.acquire(waiting) => lock.map(Some),
        }
    }

    async fn attempt(&self, opened: Opened, scope: Scope, record: &mut Record) -> Result<Exit, Failure> {
        let progress = Arc::new(self.console.progress());
        let sync = self.sync(opened, scope, Arc::clone(&progress));
        if self.only_if_synced
            && let Some(left_out) = sync.left_out(self.dry_run).await?
        {
            progress.compared_all();
            tell(left_out, &sync.remote.label());
            return Ok(Exit::Done);
        }
        let planned = sync.plan().await;
        progress.compared_all();
        let mut planned = planned?;
        record.plan(&mut planned, self.dry_run)?;
        if self.dry_run {
            return Ok(Exit::Done);
        }
        let report = self.execute(&sync, planned).await;
        progress.end();
        match report {
            Ok(report) => record.result(&report),
            Err(error) => {
                if let Some(report) = report_in(&error) {
                    record.result(report)?;
                }
                Err(error.into())
            }
        }
    }

    fn sync(&self, opened: Opened, scope: Scope, progress: Arc<Progress>) -> Sync {
        Sync {
            index: Some(self.index.place(&opened.identity)),
            mounts: Some(MountsPlace { file: self.mounts.clone(), remote: opened.identity.place }),
            remote: opened.remote,
            local: self.local.clone(),
            settings: self.settings.clone(),
            observer: progress,
            stop: self.signals.stop.clone(),
            scope,
            clock: Clock::default(),
        }
    }

    /// The engine comes to rest by itself when it is told to stop. Should it hang in a call of the system (a network
    /// file system that is away), the process ends all the same.
    async fn execute(&self, sync: &Sync, planned: Planned) -> Result<Report, SyncError> {
        let last_breath = async {
            self.signals.stop.cancelled().await;
            tokio::time::sleep(LAST_BREATH).await;
        };
        tokio::select! {
            biased;
            report = sync.execute(planned) => report,
            () = last_breath => Err(SyncError::Interrupted(Box::default())),
        }
    }
}

/// Why nothing is restored.
fn tell(left_out: LeftOut, remote: &str) {
    match left_out {
        LeftOut::Empty => tracing::info!("{remote} was never synced to, so that nothing is restored from it"),
        LeftOut::Foreign => tracing::warn!(
            "{remote} was never synced to, so that nothing is restored from it, although it holds files; whoever needs a \
             receipt (--require-receipt, each sidecar beside a restore) will not sync there and take them away: restore them \
             (without --only-if-synced, restoreRemoteOnFirstRun: true), choose another remote path, or let the volume take \
             their place (cleanUp.forceRemote: true)"
        ),
    }
}

/// What was done before the sync had to stop.
fn report_in(error: &SyncError) -> Option<&Report> {
    match error {
        SyncError::Interrupted(report) | SyncError::GaveUp { report, .. } => Some(report),
        _ => None,
    }
}
