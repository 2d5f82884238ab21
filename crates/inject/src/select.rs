//! Which object a Pod belongs to.

use k8s_openapi::api::core::v1::Pod;
use podfs_api::PodFilesystemSync;

use crate::Refusal;

/// The one object of the Pod's namespace that selects it.
pub fn select<'a>(
    pod: &Pod,
    _objects: impl Iterator<Item = &'a PodFilesystemSync>,
) -> Result<&'a PodFilesystemSync, Refusal> {
    Err(Refusal::NoneSelects { namespace: pod.metadata.namespace.clone().unwrap_or_default() })
}
