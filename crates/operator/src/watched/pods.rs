//! The Pods that take part, which only the replica that leads looks at.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::runtime::watcher;
use podfs_api::names::{ENABLED_LABEL, ENABLED_VALUE};

use super::Store;
use super::store::Place;

/// All that there are.
pub(crate) type Pods = Store<Arc<Pod>>;

/// The server sends no others.
pub(crate) fn labelled() -> watcher::Config {
    watcher::Config::default().labels(&format!("{ENABLED_LABEL}={ENABLED_VALUE}"))
}

/// As it is kept: templates may ask for anything else.
pub(crate) fn read_pod(mut pod: Pod) -> (Place, Arc<Pod>) {
    pod.metadata.managed_fields = None;
    ((pod.namespace().unwrap_or_default(), pod.name_any()), Arc::new(pod))
}
