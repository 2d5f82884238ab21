//! Pods as the host's API server shows them, and who they are inside their virtual cluster.

mod host;
mod identity;

pub use host::{ContainerLog, HostPod, PodReference};
pub use identity::{Identity, IdentityError, identify};
