//! Puts restored files in place: times, then disk, then name. Files that wait together share one flush.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::error::LocalError;
use super::flush::{Disk, Flush, Kernel, Part};
use super::target::{Finish, Target};
use crate::attributes::Losses;
use crate::remote::{ErrorKind, RemoteError};

/// The most files that are flushed together.
const BATCH: usize = 512;
/// The most files that wait: one batch is gathered while another is flushed.
const ROOM: usize = 2 * BATCH;
/// How long a file waits for others to be flushed with.
const GATHERING: Duration = Duration::from_millis(250);

struct Request {
    target: Target,
    finish: Finish,
    /// What it could not be given, once it is finished.
    losses: Losses,
    done: oneshot::Sender<Result<Losses, LocalError>>,
}

/// The one who flushes and renames.
#[derive(Debug, Clone)]
pub struct Committer {
    requests: mpsc::Sender<Request>,
}

impl Committer {
    /// Starts to wait for files; ends when the last clone is gone.
    #[must_use]
    pub fn start() -> Self {
        let (requests, receiver) = mpsc::channel(ROOM);
        tokio::spawn(run(receiver));
        Self { requests }
    }

    /// How many files may wait at a time.
    #[must_use]
    pub fn room() -> usize {
        room_with(getrlimit(Resource::Nofile).current)
    }

    /// Lets `target` take its place, finished as `finish` says, and tells what it could not be given. When this
    /// returns `Ok`, the file stands there whole, also after a power cut.
    ///
    /// # Errors
    /// When the disk or the rename says no; the old file is then still there.
    pub async fn commit(&self, target: Target, finish: Finish) -> Result<Losses, RemoteError> {
        let shown = target.shown();
        let stopped = || RemoteError::new(ErrorKind::Local, "write", &shown, "nobody flushes any more");
        let (done, answer) = oneshot::channel();
        let request = Request { target, finish, losses: Losses::default(), done };
        self.requests.send(request).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?.map_err(RemoteError::from)
    }
}

/// Each file that waits holds two descriptors, itself and its folder; half of all are left to others.
fn room_with(open_files: Option<u64>) -> usize {
    open_files.and_then(|files| usize::try_from(files / 4).ok()).map_or(ROOM, |room| room.min(ROOM))
}

/// Gathers requests and has them flushed, one batch after the other.
async fn run(mut requests: mpsc::Receiver<Request>) {
    while let Some(first) = requests.recv().await {
        let batch = gather(first, &mut requests).await;
        // A panic is told to those who wait: their senders are gone.
        let _ = tokio::task::spawn_blocking(move || commit_batch(batch)).await;
    }
}

/// Waits for company, but not when nothing else is being written, and not for long.
async fn gather(first: Request, requests: &mut mpsc::Receiver<Request>) -> Vec<Request> {
    let root = Arc::clone(first.target.root());
    let mut batch = vec![first];
    let deadline = Instant::now() + GATHERING;
    while batch.len() < BATCH && batch.len() < root.targets() {
        let room = BATCH - batch.len();
        match timeout_at(deadline, requests.recv_many(&mut batch, room)).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => break,
        }
    }
    batch
}

fn commit_batch(batch: Vec<Request>) {
    let made = batch.into_iter().filter_map(|mut request| {
        let finished = request.target.finish(&request.finish).map(|losses| request.losses = losses);
        keep(request, finished)
    });
    let flushed = flush(made.collect(), Part::File, &Kernel);
    let renamed = flushed.into_iter().filter_map(|request| {
        let renamed = request.target.put_in_place();
        keep(request, renamed)
    });
    for mut request in flush(renamed.collect(), Part::Folder, &Kernel) {
        let losses = std::mem::take(&mut request.losses);
        answer(request, Ok(losses));
    }
}

/// Flushes that part of each target and keeps those with which it went well.
fn flush(batch: Vec<Request>, part: Part, disk: &impl Disk) -> Vec<Request> {
    let mut flush = Flush::new(part, disk, batch.iter().map(|request| &request.target));
    let flushed = batch.into_iter().filter_map(|request| {
        let result = flush.one(&request.target);
        keep(request, result)
    });
    flushed.collect()
}

/// The request, if it goes on; else its sender is told.
fn keep(request: Request, result: Result<(), LocalError>) -> Option<Request> {
    match result {
        Ok(()) => Some(request),
        Err(error) => {
            answer(request, Err(error));
            None
        }
    }
}

fn answer(request: Request, result: Result<Losses, LocalError>) {
    let Request { target, done, .. } = request;
    // A failed target removes its temporary file before anybody hears of the failure.
    drop(target);
    // Nobody listens any more when the sync was given up: the file is in place all the same.
    let _ = done.send(result);
}

#[cfg(test)]
#[path = "commit_tests.rs"]
mod tests;
