//! Where the injected containers stand among the others.

use k8s_openapi::api::core::v1::{Container, PodSpec};
use podfs_api::{InitContainerPlacement, Placement};

use crate::Refusal;
use crate::containers::Parts;
use crate::settings::SidecarMode;

/// Puts the parts in. A native sidecar stands last: the kubelet ends sidecars after the application, the last first, so
/// that its last sync still has what the others give it (a network, a proxy).
pub(crate) fn put_in(
    spec: &mut PodSpec,
    parts: Parts,
    placement: &InitContainerPlacement,
    mode: SidecarMode,
) -> Result<(), Refusal> {
    let mut init = spec.init_containers.take().unwrap_or_default();
    if let Some(restore) = parts.restore {
        init.insert(place(&init, placement)?, restore);
    }
    match (parts.sidecar, mode) {
        (Some(sidecar), SidecarMode::Native) => init.push(sidecar),
        (Some(sidecar), SidecarMode::Container) => spec.containers.push(sidecar),
        (None, _) => {}
    }
    spec.init_containers = Some(init).filter(|init| !init.is_empty());
    spec.volumes.get_or_insert_default().extend(parts.volumes);
    Ok(())
}

/// Before which of the init containers the restore stands.
fn place(init: &[Container], placement: &InitContainerPlacement) -> Result<usize, Refusal> {
    let offset = match (placement.placement, &placement.container_reference) {
        (Placement::First, None) => return Ok(0),
        (Placement::Last, None) => return Ok(init.len()),
        (Placement::Before, Some(_)) => 0,
        (Placement::After, Some(_)) => 1,
        _ => return Err(Refusal::Placement),
    };
    let name = placement.container_reference.as_deref().unwrap_or_default();
    let found = init.iter().position(|container| container.name == name);
    found.map(|found| found + offset).ok_or_else(|| Refusal::NoSuchContainer {
        name: name.to_owned(),
        known: init.iter().map(|container| container.name.clone()).collect(),
    })
}
