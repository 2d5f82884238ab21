//! Waits for directories of Pods and their logs to appear.

use std::future::pending;
use std::time::Duration;

use podfs_vcluster::layout::SourceRoot;
use podfs_vcluster::mount::{Arrival, Arrivals, MountError};
use tokio::sync::mpsc;

use crate::settings::Settings;

/// Sightings that wait to be heard. A watcher that finds no room waits, and the kernel queues for it.
const QUEUE: usize = 16;
/// How long the kernel is waited for at a time; no time passes over it.
const LONG: Duration = Duration::from_secs(60 * 60);

type Sighting = Result<Vec<Arrival>, MountError>;

/// Watches over the directories from which mounts are made, each in a thread that sleeps in the kernel.
#[derive(Debug)]
pub(crate) struct Sources {
    sightings: mpsc::Receiver<Sighting>,
}

impl Sources {
    /// Begins to watch: from now on nothing is missed.
    pub(crate) fn watch(settings: &Settings) -> Result<Self, MountError> {
        let (sender, sightings) = mpsc::channel(QUEUE);
        let directories = &settings.directories;
        let logs = directories.logs.as_ref().filter(|_| settings.mapping.logs);
        let pods = [(SourceRoot::Pods, &directories.pods)];
        for (root, path) in pods.into_iter().chain(logs.map(|logs| (SourceRoot::Logs, logs))) {
            let (arrivals, sender) = (Arrivals::watch(root, path)?, sender.clone());
            std::thread::spawn(move || tell(arrivals, &sender));
        }
        Ok(Self { sightings })
    }

    /// What appeared. It can be dropped while it waits.
    pub(crate) async fn next(&mut self) -> Sighting {
        match self.sightings.recv().await {
            Some(sighting) => sighting,
            // A watcher goes on until it has told why it cannot, so this was heard before.
            None => pending().await,
        }
    }
}

fn tell(mut arrivals: Arrivals, to: &mpsc::Sender<Sighting>) {
    loop {
        let sighting = match arrivals.wait(LONG) {
            Ok(true) => arrivals.take(),
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        let failed = sighting.is_err();
        if to.blocking_send(sighting).is_err() || failed {
            return;
        }
    }
}
