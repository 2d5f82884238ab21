//! Puts restored files in place: times, then disk, then name. Files that wait together share one flush.

use std::collections::BTreeSet;

use tokio::sync::{mpsc, oneshot};

use super::error::LocalError;
use super::target::Target;
use crate::remote::{ErrorKind, RemoteError};
use crate::timestamp::Timestamp;

/// From this many waiting files on, one `syncfs` costs less than an `fsync` for each.
const SHARED_FLUSH: usize = 8;
/// The most files that wait for one flush.
const BATCH: usize = 256;

struct Request {
    target: Target,
    modified: Option<Timestamp>,
    done: oneshot::Sender<Result<(), LocalError>>,
}

/// The one thread that flushes and renames.
#[derive(Debug, Clone)]
pub struct Committer {
    requests: mpsc::Sender<Request>,
}

impl Committer {
    /// Starts the thread; it ends when the last clone is gone.
    #[must_use]
    pub fn start() -> Self {
        let (requests, receiver) = mpsc::channel(BATCH);
        tokio::task::spawn_blocking(move || run(receiver));
        Self { requests }
    }

    /// Lets `target` take its place with `modified` as its time. When this returns `Ok`, the file stands there
    /// whole, also after a power cut.
    ///
    /// # Errors
    /// When the disk or the rename says no; the old file is then still there.
    pub async fn commit(&self, target: Target, modified: Option<Timestamp>) -> Result<(), RemoteError> {
        let shown = target.shown().to_owned();
        let stopped = || RemoteError::new(ErrorKind::Local, "write", &shown, "the flushing thread ended");
        let (done, answer) = oneshot::channel();
        self.requests.send(Request { target, modified, done }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?.map_err(RemoteError::from)
    }
}

fn run(mut requests: mpsc::Receiver<Request>) {
    while let Some(first) = requests.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(request) = requests.try_recv()
        {
            batch.push(request);
        }
        commit_batch(batch);
    }
}

fn commit_batch(batch: Vec<Request>) {
    let shared = batch.len() >= SHARED_FLUSH;
    let mut written = Vec::with_capacity(batch.len());
    for request in batch {
        let result = request.modified.map_or(Ok(()), |modified| request.target.set_modified(modified));
        match result.and_then(|()| if shared { Ok(()) } else { request.target.sync() }) {
            Ok(()) => written.push(request),
            Err(error) => answer(request, Err(error)),
        }
    }
    if shared {
        written = flush_together(written);
    }
    let mut renamed = Vec::with_capacity(written.len());
    for request in written {
        match request.target.put_in_place() {
            Ok(()) => renamed.push(request),
            Err(error) => answer(request, Err(error)),
        }
    }
    flush_folders(renamed);
}

/// One `syncfs` per file system. Since Linux 5.8 it reports write errors; when it does, each file is asked.
fn flush_together(batch: Vec<Request>) -> Vec<Request> {
    let mut flushed = BTreeSet::new();
    let mut good = Vec::with_capacity(batch.len());
    for request in batch {
        let device = rustix::fs::fstat(&request.target).map(|stat| stat.st_dev).ok();
        let known = device.is_some_and(|device| flushed.contains(&device));
        let result = if known {
            Ok(())
        } else if let Some(device) = device
            && rustix::fs::syncfs(&request.target).is_ok()
        {
            flushed.insert(device);
            Ok(())
        } else {
            request.target.sync()
        };
        match result {
            Ok(()) => good.push(request),
            Err(error) => answer(request, Err(error)),
        }
    }
    good
}

/// Makes the new names last. Each folder once.
fn flush_folders(batch: Vec<Request>) {
    let mut seen = BTreeSet::new();
    for request in batch {
        let result = match rustix::fs::fstat(request.target.folder()) {
            Ok(stat) if !seen.insert((stat.st_dev, stat.st_ino)) => Ok(()),
            _ => rustix::fs::fsync(request.target.folder())
                .map_err(|errno| LocalError::new("write the folder of", request.target.shown(), errno)),
        };
        answer(request, result);
    }
}

fn answer(request: Request, result: Result<(), LocalError>) {
    let Request { target, done, .. } = request;
    // A failed target removes its temporary file before anybody hears of the failure.
    drop(target);
    // Nobody listens any more when the sync was given up: the file is in place all the same.
    let _ = done.send(result);
}
