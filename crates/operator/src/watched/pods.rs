//! The Pods that take part, which only the replica that leads looks at.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::runtime::watcher;
use podfs_api::names::{ENABLED_LABEL, ENABLED_VALUE};
use tracing::warn;

use super::Store;
use super::store::Place;

/// All that there are.
pub(crate) type Pods = Store<PackedPod>;

/// A Pod as it is kept. There may be many thousands, and as JSON, compressed, each takes a tenth of the memory.
#[derive(Debug, Clone)]
pub(crate) struct PackedPod(Arc<[u8]>);

impl PackedPod {
    fn pack(pod: &Pod) -> serde_json::Result<Self> {
        let text = serde_json::to_vec(pod)?;
        Ok(Self(lz4_flex::compress_prepend_size(&text).into()))
    }

    /// The Pod, if it could be packed.
    pub(crate) fn unpack(&self) -> Option<Pod> {
        serde_json::from_slice(&lz4_flex::decompress_size_prepended(&self.0).ok()?).ok()
    }
}

/// The server sends no others.
pub(crate) fn labelled() -> watcher::Config {
    watcher::Config::default().labels(&format!("{ENABLED_LABEL}={ENABLED_VALUE}"))
}

/// As it is kept: templates may ask for anything else.
pub(crate) fn read_pod(mut pod: Pod) -> (Place, PackedPod) {
    pod.metadata.managed_fields = None;
    let place = (pod.namespace().unwrap_or_default(), pod.name_any());
    let packed = PackedPod::pack(&pod).unwrap_or_else(|error| {
        warn!(namespace = place.0, name = place.1, %error, "a Pod cannot be kept, and is left out");
        PackedPod(Arc::default())
    });
    (place, packed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_comes_out_as_it_went_in_but_for_who_manages_it() {
        let pod = |fields| {
            serde_json::from_value::<Pod>(json!({
                "metadata": {"namespace": "team", "name": "web", "labels": {"app": "web"}, "managedFields": fields},
                "spec": {"containers": [{"name": "app", "image": "app", "env": [{"name": "A", "value": "ä"}]}]},
                "status": {"phase": "Running"},
            }))
        };
        let (place, packed) = read_pod(pod(json!([{"manager": "kubectl"}])).unwrap());
        assert_eq!(place, ("team".to_owned(), "web".to_owned()));
        assert_eq!(packed.unpack(), Some(pod(json!(null)).unwrap()));
        assert_eq!(PackedPod(Arc::default()).unpack(), None);
    }
}
