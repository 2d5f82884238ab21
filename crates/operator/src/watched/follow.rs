//! Follows objects of one kind, in all namespaces or in some.

use std::fmt::Debug;

use futures::StreamExt as _;
use futures::stream::select_all;
use k8s_openapi::NamespaceResourceScope;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use tracing::warn;

use super::Store;
use super::store::Place;
use crate::scope::Scope;

/// Follows them until the end of time. While the API server is away, what is known holds. `heard` is told after each event.
pub(crate) async fn follow<K, T>(
    client: &Client,
    scope: &Scope,
    config: watcher::Config,
    store: &Store<T>,
    read: impl Fn(K) -> (Place, T),
    heard: impl Fn(),
) where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + Debug
        + Send
        + 'static,
    T: Clone,
{
    let watches = scope.apis::<K>(client).into_iter().enumerate().map(|(number, api)| {
        let events = watcher(api, config.clone()).default_backoff();
        events.map(move |event| (number, event)).boxed()
    });
    let mut events = select_all(watches);
    while let Some((number, event)) = events.next().await {
        match event {
            Ok(event) => store.apply(number, event, &read),
            Err(error) => {
                warn!(kind = %K::kind(&()), %error, "cannot watch these objects; what is known holds");
            }
        }
        heard();
    }
}
