//! The whole way of a Pod.

use k8s_openapi::api::core::v1::{Pod, PodSpec};
use podfs_api::PodFilesystemSync;
use podfs_api::names::INJECTED_ANNOTATION;

use crate::containers::Parts;
use crate::template::Templates;
use crate::{Refusal, Settings, arrange, own, path, volume};

/// Where a Pod's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The directory, as the containers see it.
    pub local_path: String,
    /// The remote path with its template filled in: absolute, without empty or relative parts.
    pub remote_path: String,
}

/// The Pod with what `object` asks for. What was injected before is recognised, so that a second call changes nothing.
pub fn inject(pod: &Pod, object: &PodFilesystemSync, settings: &Settings) -> Result<Pod, Refusal> {
    let (mut pod, earlier) = own::take_out(pod)?;
    let spec = pod.spec.clone().unwrap_or_default();
    let directions = &object.spec.sync_options.allowed_directions;
    refuse_other_systems(&spec)?;
    if !directions.to_remote && !directions.from_remote {
        return Err(Refusal::NothingToDo);
    }
    let mut templates = Templates::new(&pod);
    let location = location(object, &mut templates)?;
    let holding = volume::find(&spec, &location.local_path, directions.from_remote)?;
    let wanted = Parts::of(&pod, object, &location, &holding, &mut templates, settings)?;
    let fingerprint = wanted.fingerprint();
    let parts = match earlier {
        Some(earlier) => earlier.still_good(&wanted)?.unwrap_or(wanted),
        None => wanted,
    };
    let placement = &object.spec.init_container_placement;
    arrange::put_in(pod.spec.get_or_insert_default(), parts, placement, settings.sidecar_mode)?;
    pod.metadata.annotations.get_or_insert_default().insert(INJECTED_ANNOTATION.to_owned(), fingerprint);
    Ok(pod)
}

/// Where the Pod's files are, without changing it.
pub fn locate(pod: &Pod, object: &PodFilesystemSync) -> Result<Location, Refusal> {
    let (pod, _) = own::take_out(pod)?;
    location(object, &mut Templates::new(&pod))
}

fn location(object: &PodFilesystemSync, templates: &mut Templates<'_>) -> Result<Location, Refusal> {
    let spec = &object.spec;
    let rendered = templates.fill_in("remotePath", &spec.remote_path)?;
    Ok(Location {
        local_path: path::local(&spec.local_path)?,
        remote_path: path::remote(&spec.remote_path, &rendered)?,
    })
}

fn refuse_other_systems(spec: &PodSpec) -> Result<(), Refusal> {
    match spec.os.as_ref().map(|os| os.name.as_str()) {
        None | Some("linux") => Ok(()),
        Some(system) => Err(Refusal::System { system: system.to_owned() }),
    }
}
