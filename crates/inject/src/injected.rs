//! What an injected Pod itself says of its remote path. Its object may have been changed since, or be another one now.

use k8s_openapi::api::core::v1::{Container, Pod};
use podfs_api::names::variables::ENCRYPTED_REMOTE;
use podfs_api::names::{RESTORE_CONTAINER, SIDECAR_CONTAINER};

use crate::command::plain;

/// The remote path that the Pod's own containers use; nothing when it has none of them.
#[must_use]
pub fn remote_path_of(pod: &Pod) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let containers = || spec.init_containers.iter().flatten().chain(&spec.containers);
    let used = |name: &str, flag: &str| {
        let container = containers().find(|container| container.name == name)?;
        argument(container, flag).or_else(|| encrypted(container))
    };
    used(SIDECAR_CONTAINER, "--dst").or_else(|| used(RESTORE_CONTAINER, "--src"))
}

fn argument(container: &Container, flag: &str) -> Option<String> {
    let mut arguments = container.args.iter().flatten().skip_while(|argument| *argument != flag);
    arguments.nth(1).map(|value| plain(value))
}

/// With encryption the path stands in a variable.
fn encrypted(container: &Container) -> Option<String> {
    let variable = container.env.iter().flatten().find(|variable| variable.name == ENCRYPTED_REMOTE)?;
    let value = plain(variable.value.as_deref()?);
    value.strip_prefix("remote:").map(str::to_owned)
}
