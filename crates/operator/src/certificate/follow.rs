//! Serves what the Secret holds, in every replica.

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Secret;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;
use tracing::{info, warn};

use super::Served;
use super::secret::read_secret;

/// Follows the Secret until the end of time, and counts up `changed` each time that something happened to it.
pub(crate) async fn follow_secret(
    client: Client,
    namespace: &str,
    name: &str,
    served: Served,
    changed: watch::Sender<u64>,
) {
    let secrets: Api<Secret> = Api::namespaced(client, namespace);
    let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let mut events = std::pin::pin!(watcher(secrets, config).default_backoff());
    let mut last = None;
    while let Some(event) = events.next().await {
        match event {
            Ok(watcher::Event::Apply(secret) | watcher::Event::InitApply(secret)) => {
                let stored = read_secret(&secret);
                if let Some(stored) = stored.filter(|stored| last.as_ref() != Some(&stored.current)) {
                    serve(&served, &stored.current);
                    last = Some(stored.current);
                }
            }
            // What was served goes on being served: the API server trusts it until it is told otherwise.
            Ok(_) => {}
            Err(error) => warn!(%error, "cannot follow the Secret with the webhook's certificate"),
        }
        changed.send_modify(|count| *count = count.wrapping_add(1));
    }
}

fn serve(served: &Served, generation: &super::generation::Generation) {
    match generation.certified_key() {
        Ok(key) => {
            served.set(key);
            info!(made = ?generation.made, ends = ?generation.ends, "the webhook's certificate is served");
        }
        Err(error) => warn!(%error, "the webhook's certificate cannot be served"),
    }
}
