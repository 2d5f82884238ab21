//! From an order to its end: everything that can be refused is checked before anything begins.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use podfs_sync::guard::refuse_system_folder;
use podfs_sync::schedule::Schedule;
use podfs_sync::watch::Watch;
use podfs_sync::{Direction, RelativePath, Scope, SyncError};
use tokio_util::sync::CancellationToken;

use super::by_events::ByEvents;
use super::by_schedule::BySchedule;
use super::clock::WallClock;
use super::connection::Connection;
use super::job::Job;
use super::long_running::{Outcome, Work, keep_running};
use super::once::once;
use super::order::{Events, Order};
use super::signals::Signals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Console;
use crate::pid_file::PidFile;
use crate::remote_request::Here;
use crate::state::{IndexName, LockName, StateDirectory, Surroundings, real_path};

/// Runs what was ordered and gives the exit code.
pub(crate) async fn start(order: Order, console: Console) -> Result<Exit, Failure> {
    match prepare(order, &console).await {
        Ok(prepared) => prepared.run().await,
        Err(failure) => console.record().finish(Err(failure)),
    }
}

/// An order that can be carried out.
struct Prepared {
    job: Job,
    schedule: Option<Schedule>,
    events: Option<(Watch, Events)>,
    _pid_file: Option<PidFile>,
}

async fn prepare(order: Order, console: &Console) -> Result<Prepared, Failure> {
    let signals = Signals::listen()
        .map_err(|error| Failure::unexpected(format!("cannot listen for signals: {error}")))?;
    let local = real_path(&order.local).map_err(|error| {
        Failure::configuration(format!("cannot find the directory {}: {error}", order.local.display()))
    })?;
    let state =
        StateDirectory::open(order.state_dir.as_deref(), &Surroundings::of_this_process(), Some(&local))
            .map_err(|failure| refused_anyway(&order, &local).unwrap_or(failure))?;
    let stays = order.stays();
    let pid_file = stays.then(|| PidFile::take(&order.pid_path)).transpose()?;
    let job = Job {
        lock: LockName::new(&state, &local),
        index: IndexName::new(&state, &local, order.list_every),
        mounts: state.mounts_of(&local, &order.request.remote_path),
        settings: order.settings(&state, &local, own_files_inside(&order, &local)),
        connection: Connection::new(order.request, Here { local, uploads: state.uploads() }),
        local: order.local,
        only_if_synced: order.only_if_synced,
        dry_run: order.dry_run,
        console: console.clone(),
        signals,
    };
    open_early(&job, stays).await?;
    let events =
        order.events.map(|events| Watch::start(&job.local).map(|watch| (watch, events))).transpose()?;
    Ok(Prepared { job, schedule: order.schedule, events, _pid_file: pid_file })
}

/// A remote that cannot be used is told at once, not at the first due time. Opening may take a while when a program has
/// to be started or a name looked up. Nothing has begun then, so a sync that runs once gives up at the first signal; one
/// that stays still owes its last sync.
async fn open_early(job: &Job, stays: bool) -> Result<(), Failure> {
    let patience = if stays { &job.signals.stop } else { &job.signals.finish };
    tokio::select! {
        biased;
        () = patience.cancelled() => Err(Failure::interrupted("interrupted before the sync began")),
        remote = job.connection.open() => remote.map(drop),
    }
}

impl Prepared {
    async fn run(self) -> Result<Exit, Failure> {
        let job = &self.job;
        let schedule = self.schedule.as_ref().map(|schedule| BySchedule::new(schedule, &WallClock));
        let outcome = match (self.events, schedule) {
            (Some((watch, events)), schedule) => {
                let occasions = ByEvents::new(watch, events, schedule);
                Box::pin(keep_running(job, occasions, &job.signals)).await
            }
            (None, Some(schedule)) => Box::pin(keep_running(job, schedule, &job.signals)).await,
            (None, None) => Box::pin(once(job)).await,
        };
        job.connection.close().await;
        outcome
    }
}

/// Every state directory lies inside `/`, but that is not what is wrong with `/` as a restore's target.
fn refused_anyway(order: &Order, local: &Path) -> Option<Failure> {
    if order.direction != Direction::FromRemote || !order.delete || order.force {
        return None;
    }
    refuse_system_folder(local).err().map(|valve| SyncError::from(valve).into())
}

/// The rclone configuration and the PID file, where they lie inside the synced directory. The default configuration
/// (`rclone.conf` in `./`) does. With all its secrets it must not go to the remote, and a restore must not delete it.
fn own_files_inside(order: &Order, local: &Path) -> Vec<RelativePath> {
    [&order.request.config_path, &order.pid_path]
        .into_iter()
        .filter_map(|path| {
            let path = real_path(path).ok()?;
            let inside = path.strip_prefix(local).ok()?;
            RelativePath::parse(inside.as_os_str().as_bytes()).ok()
        })
        .collect()
}

impl Work for Job {
    async fn run(&self, scope: Scope, patience: &CancellationToken) -> Outcome {
        Self::run(self, scope, patience).await
    }

    fn flushes(&self) -> bool {
        self.settings.direction == Direction::ToRemote
    }
}
