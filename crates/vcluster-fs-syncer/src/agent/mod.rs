//! The agent: hears what changes, and makes a pass over all mounts each time.
//!
//! Passes are level-triggered. Whatever is heard only says that it is time to look; what is done follows from the Pods that
//! there are and the mounts that there are. No pass runs before the first list of Pods is complete.

mod complaints;
mod latency;
mod report;
mod sources;
mod troubles;
mod worker;

use std::pin::pin;
use std::time::{Duration, Instant, SystemTime};

use futures::StreamExt as _;
use kube::runtime::watcher;
use podfs_vcluster::mount::{Arrival, MountError};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{debug, error, info, warn};

use crate::departures::staying;
use crate::exit::Failure;
use crate::kubernetes::{self, Change, NodePod, NodePods, Publisher};
use crate::server;
use crate::settings::Settings;
use crate::telemetry::{Health, Metrics};
use report::Report;
use sources::Sources;
use worker::Worker;

pub(crate) use worker::Pass;

/// From a pass in which something failed to the next; twice as long each time, up to the slow tick.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Runs until it is asked to end. What is mounted stays; a pass that is cut off by that is made good by the next agent.
pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let mut terminated = signal(SignalKind::terminate()).map_err(Failure::unexpected)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(Failure::unexpected)?;
    let worker = Worker::open(&settings.directories).map_err(|error| Failure::node(&error))?;
    // First watch, then look: what appears in between is seen by one of them.
    let sources = Sources::watch(settings).map_err(|error| Failure::node(&error))?;
    let client = kubernetes::client().await?;
    let (health, metrics) = (Health::default(), Metrics::default());
    let address = server::start(settings, health.clone(), metrics.clone()).await?;
    info!(
        node = %settings.node,
        from = %settings.directories.pods.display(),
        to = %settings.directories.to.display(),
        %address,
        "started"
    );
    let report =
        Report::new(&settings.directories.to, metrics, Publisher::start(client.clone(), &settings.node));
    let agent = Agent {
        settings,
        worker,
        sources,
        report,
        health,
        pods: NodePods::default(),
        due: false,
        failures: 0,
        next_departure: None,
    };
    let watch = kubernetes::watch(client, &settings.node);
    tokio::select! {
        failure = agent.work(watch) => Err(failure),
        _ = terminated.recv() => Ok(()),
        _ = interrupted.recv() => Ok(()),
    }
    .inspect(|()| info!("asked to end; all mounts stay"))
}

struct Agent<'settings> {
    settings: &'settings Settings,
    worker: Worker,
    sources: Sources,
    report: Report,
    health: Health,
    pods: NodePods,
    /// Whether something was heard that no pass has looked at yet.
    due: bool,
    /// Passes in a row in which something failed.
    failures: u32,
    /// From the last pass until a Pod that was to have ended loses its mount.
    next_departure: Option<Duration>,
}

impl Agent<'_> {
    /// Ends only when the node will not do any more.
    async fn work(
        mut self,
        watch: impl futures::Stream<Item = watcher::Result<watcher::Event<NodePod>>>,
    ) -> Failure {
        let mut watch = pin!(watch);
        let mut next_look = tokio::time::Instant::now() + self.settings.resync;
        loop {
            if self.due && self.start_pass() {
                self.due = false;
            }
            let looked = tokio::select! {
                event = watch.next() => {
                    match event {
                        Some(event) => self.hear(event),
                        None => return Failure::unexpected("the watch ended"),
                    }
                    continue;
                }
                arrivals = self.sources.next() => match arrivals {
                    Ok(arrivals) => {
                        self.due |= arrivals.iter().any(|arrival| self.awaits(arrival));
                        continue;
                    }
                    Err(error) => return Failure::node(&error),
                },
                pass = self.worker.ended() => self.take(pass),
                () = tokio::time::sleep_until(next_look) => {
                    self.due = true;
                    Ok(())
                }
            };
            if let Err(failure) = looked {
                return failure;
            }
            next_look = tokio::time::Instant::now() + self.until_next_look();
        }
    }

    fn hear(&mut self, event: watcher::Result<watcher::Event<NodePod>>) {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                self.report.metrics.watch_errors.inc();
                warn!(%error, "the API server cannot be asked for Pods; all mounts stay, and it is asked again");
                return;
            }
        };
        match self.pods.apply(event) {
            Change::None => return,
            Change::Came(pod) => self.report.latency.came(pod, Instant::now()),
            Change::Gone(pod) => self.report.latency.gone(&pod),
            Change::Changed => {}
            Change::Listed => {
                let pods = self.pods.all().unwrap_or_default();
                debug!(pods = pods.len(), "all Pods of this node are known");
                self.report.latency.keep(&pods);
            }
        }
        self.due = true;
    }

    /// Whether a pass can do something about it.
    fn awaits(&self, arrival: &Arrival) -> bool {
        match arrival {
            Arrival::Source(source) => self.worker.is_running() || self.report.waits_for(source),
            Arrival::Lost => true,
        }
    }

    /// Starts a pass, unless one is running or the Pods are not known; `true` when nothing more is due.
    fn start_pass(&mut self) -> bool {
        if self.worker.is_running() {
            return false;
        }
        let Some(pods) = self.pods.all() else { return true };
        if let Some(own) = self.settings.own_pod.as_ref().filter(|own| !self.pods.has(own)) {
            let reason = format!(
                "this Pod ({}/{}) is not among the {} Pods of node {}; check MY_NODE_NAME; nothing is changed",
                own.namespace,
                own.name,
                pods.len(),
                self.settings.node
            );
            error!("{reason}");
            self.health.not_ready(&reason);
            return true;
        }
        let (staying, departure) = staying(pods, self.settings.linger, SystemTime::now());
        self.next_departure = departure;
        self.health.pass_started(Instant::now());
        self.worker.start(staying, self.settings.mapping.clone());
        true
    }

    fn take(&mut self, pass: Result<Pass, MountError>) -> Result<(), Failure> {
        self.health.pass_ended();
        let pass = match pass {
            Ok(pass) => pass,
            Err(error @ (MountError::RootGone { .. } | MountError::Roots(_))) => {
                return Err(Failure::node(&error));
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                self.health.not_ready(&error.to_string());
                error!(%error, "cannot see what is mounted; nothing is changed, and it is tried again");
                return Ok(());
            }
        };
        self.failures = if pass.has_failed() { self.failures.saturating_add(1) } else { 0 };
        self.report.take(pass, Instant::now());
        self.health.ready();
        Ok(())
    }

    fn until_next_look(&self) -> Duration {
        let tick = self.next_departure.map_or(self.settings.resync, |left| left.min(self.settings.resync));
        let Some(doublings) = self.failures.checked_sub(1) else { return tick };
        FIRST_RETRY.saturating_mul(2_u32.saturating_pow(doublings)).min(tick)
    }
}
