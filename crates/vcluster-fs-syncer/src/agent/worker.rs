//! Runs one pass at a time, on another thread: what it asks of the kernel can take long.

use std::future::pending;
use std::time::{Duration, Instant};

use podfs_vcluster::links::{LinkOutcome, reconcile_links};
use podfs_vcluster::mount::{Directories, KernelMounts, MountError};
use podfs_vcluster::{HostPod, Outcome, Settings, reconcile};
use tokio::task::JoinHandle;

/// What a pass came to.
#[derive(Debug)]
pub(crate) struct Pass {
    /// Mounts.
    pub(crate) mounts: Outcome,
    /// Links to logs.
    pub(crate) links: LinkOutcome,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Pass {
    /// Whether it is worth to try again soon.
    pub(crate) fn has_failed(&self) -> bool {
        !self.mounts.failed.is_empty() || !self.links.failed.is_empty()
    }
}

type Ended = (KernelMounts, Result<Pass, MountError>);

/// Has the mounts, or waits for the pass that has them.
#[derive(Debug)]
pub(crate) struct Worker {
    mounts: Option<KernelMounts>,
    running: Option<JoinHandle<Ended>>,
}

impl Worker {
    /// Opens the directories, and makes sure that this node will do.
    pub(crate) fn open(directories: &Directories) -> Result<Self, MountError> {
        Ok(Self { mounts: Some(KernelMounts::open(directories)?), running: None })
    }

    /// Whether a pass is running.
    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts a pass. While one is running nothing happens.
    pub(crate) fn start(&mut self, pods: Vec<HostPod>, settings: Settings) {
        let Some(mut mounts) = self.mounts.take() else { return };
        self.running = Some(tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let pass = mounts.exclusively(|mounts| pass(&pods, &settings, mounts, began));
            (mounts, pass.flatten())
        }));
    }

    /// Waits until the running pass has ended; for ever, when none is running. It can be dropped while it waits.
    pub(crate) async fn ended(&mut self) -> Result<Pass, MountError> {
        let Some(running) = &mut self.running else { return pending().await };
        let ended = running.await;
        self.running = None;
        match ended {
            Ok((mounts, pass)) => {
                self.mounts = Some(mounts);
                pass
            }
            // The mounts went with it: only a new process can go on.
            Err(cause) => Err(MountError::RootGone { path: format!("all directories ({cause})") }),
        }
    }
}

fn pass(
    pods: &[HostPod],
    settings: &Settings,
    mounts: &mut KernelMounts,
    began: Instant,
) -> Result<Pass, MountError> {
    let outcome = reconcile(pods, settings, mounts)?;
    let links = reconcile_links(&outcome.links, mounts)?;
    Ok(Pass { mounts: outcome, links, took: began.elapsed() })
}
