//! The API server: which Pods are on this node, and Events on them.

mod events;
mod pod;
mod pods;

use std::time::Duration;

use futures::Stream;
use kube::api::ListParams;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, Config};
use podfs_vcluster::HostPod;

pub(crate) use events::{Notice, Publisher};
pub(crate) use pod::NodePod;
pub(crate) use pods::{Change, NodePods};

use crate::exit::{Exit, Failure};

/// How long a question to the API server may take, for commands that a person waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client as the kubeconfig or the service account says.
pub(crate) async fn client() -> Result<Client, Failure> {
    // Of two providers rustls could not choose; a second start in one process (tests) keeps the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = Config::infer().await.map_err(|error| {
        Failure::new(
            Exit::Configuration,
            format!("no way to an API server: {error}; run this in a Pod with a service account, or set KUBECONFIG"),
        )
    })?;
    Client::try_from(config)
        .map_err(|error| Failure::new(Exit::Configuration, format!("cannot talk to the API server: {error}")))
}

/// The Pods of a node as they come, change and go. An error is followed by another try, later each time.
pub(crate) fn watch(
    client: Client,
    node: &str,
) -> impl Stream<Item = watcher::Result<watcher::Event<NodePod>>> + use<> {
    // The list is the newest, never one from a cache that lags: what is missing in it is taken away.
    let config = watcher::Config::default().fields(&of_node(node));
    watcher(Api::all(client), config).default_backoff()
}

/// The Pods of a node as they are now.
pub(crate) async fn list(client: Client, node: &str) -> Result<Vec<HostPod>, String> {
    let parameters = ListParams::default().fields(&of_node(node));
    let pods: Api<NodePod> = Api::all(client);
    let answer = tokio::time::timeout(PATIENCE, pods.list(&parameters)).await;
    let listed = answer.map_err(|_| "it does not answer".to_owned())?.map_err(|error| error.to_string())?;
    Ok(listed.items.iter().map(NodePod::host_pod).collect())
}

/// The server sends nothing of other nodes.
fn of_node(node: &str) -> String {
    format!("spec.nodeName={node}")
}
