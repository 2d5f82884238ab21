//! Requests at a pace, as of many who do not wait for each other.

use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::cluster::Cluster;

/// Where requests are sent from.
pub(crate) fn runtime() -> Runtime {
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A client with all rights.
pub(crate) async fn client(cluster: &Cluster<'_>) -> Client {
    let kubeconfig = Kubeconfig::read_from(cluster.node.kubeconfig()).unwrap();
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
    // Who is refused is to be seen.
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

/// What became of requests.
#[derive(Default)]
pub(crate) struct Outcome {
    /// From when a request was due to its answer, sorted.
    pub(crate) waited: Vec<Duration>,
    /// Of those that went wrong.
    pub(crate) errors: Vec<String>,
}

impl Outcome {
    /// The time within which so many of a thousand were answered.
    pub(crate) fn within(&self, thousandths: usize) -> Duration {
        let last = self.waited.len().saturating_sub(1);
        self.waited[(self.waited.len() * thousandths / 1000).min(last)]
    }
}

/// Sends so many requests each second, whether or not those before were answered, until there are no more.
pub(crate) async fn send<F>(per_second: u32, requests: impl Iterator<Item = F>) -> Outcome
where
    F: Future<Output = Result<(), String>> + Send + 'static,
{
    let mut ticks = interval(Duration::from_secs(1) / per_second);
    // Who was late sends all that are due: a slow server does not get less to do.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = JoinSet::new();
    for request in requests {
        let due: Instant = ticks.tick().await;
        sent.spawn(async move {
            let answer = request.await;
            (due.elapsed(), answer)
        });
    }
    let mut outcome = Outcome::default();
    while let Some(ended) = sent.join_next().await {
        let (waited, answer) = ended.unwrap();
        outcome.waited.push(waited);
        outcome.errors.extend(answer.err());
    }
    outcome.waited.sort_unstable();
    outcome
}
