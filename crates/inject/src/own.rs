//! What of a Pod is ours: taken out before it is put in again, so that being called twice is being called once.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use podfs_api::names::{
    CONFIG_VOLUME, INJECTED_ANNOTATION, NO_TOKEN_VOLUME, RESTORE_CONTAINER, SIDECAR_CONTAINER, STATE_VOLUME,
};

use crate::Refusal;
use crate::containers::Parts;

const CONTAINERS: [&str; 2] = [RESTORE_CONTAINER, SIDECAR_CONTAINER];
const VOLUMES: [&str; 3] = [CONFIG_VOLUME, STATE_VOLUME, NO_TOKEN_VOLUME];

/// What an earlier call put in.
pub(crate) struct Earlier {
    /// Of what it was to put in.
    pub(crate) fingerprint: String,
    /// As it is now: other webhooks may have changed it since.
    parts: Parts,
}

/// The Pod without what is ours, and that. A Pod that was not injected must not use our names.
pub(crate) fn take_out(pod: &Pod) -> Result<(Pod, Option<Earlier>), Refusal> {
    let fingerprint = pod.metadata.annotations.as_ref().and_then(|all| all.get(INJECTED_ANNOTATION)).cloned();
    let Some(fingerprint) = fingerprint else {
        refuse_our_names(pod)?;
        return Ok((pod.clone(), None));
    };
    let mut pod = pod.clone();
    if let Some(annotations) = &mut pod.metadata.annotations {
        annotations.remove(INJECTED_ANNOTATION);
    }
    if pod.metadata.annotations.as_ref().is_some_and(std::collections::BTreeMap::is_empty) {
        pod.metadata.annotations = None;
    }
    let parts = pod.spec.as_mut().map(parts_of).unwrap_or(Parts {
        restore: None,
        sidecar: None,
        volumes: Vec::new(),
    });
    Ok((pod, Some(Earlier { fingerprint, parts })))
}

fn parts_of(spec: &mut PodSpec) -> Parts {
    let mut ours: Vec<Container> = Vec::new();
    if let Some(init) = &mut spec.init_containers {
        ours.extend(init.extract_if(.., |container| CONTAINERS.contains(&container.name.as_str())));
        if init.is_empty() {
            spec.init_containers = None;
        }
    }
    ours.extend(spec.containers.extract_if(.., |container| CONTAINERS.contains(&container.name.as_str())));
    let mut volumes = Vec::new();
    if let Some(all) = &mut spec.volumes {
        volumes.extend(all.extract_if(.., |volume| VOLUMES.contains(&volume.name.as_str())));
        if all.is_empty() {
            spec.volumes = None;
        }
    }
    let mut named = |name: &str| {
        let place = ours.iter().position(|container| container.name == name)?;
        Some(ours.remove(place))
    };
    Parts { restore: named(RESTORE_CONTAINER), sidecar: named(SIDECAR_CONTAINER), volumes }
}

impl Earlier {
    /// What was put in and changed since, if it was put in for the same reasons. What others added to our containers
    /// (the credentials of a cloud, a registry's mirror) stays, since they may not be called again.
    pub(crate) fn still_good(self, wanted: &Parts) -> Result<Option<Parts>, Refusal> {
        if self.fingerprint != wanted.fingerprint() || !self.has_all_of(wanted) {
            return Ok(None);
        }
        let policy =
            |parts: &Parts| parts.sidecar.as_ref().and_then(|sidecar| sidecar.restart_policy.clone());
        if policy(&self.parts) != policy(wanted) {
            return Err(Refusal::SidecarStripped);
        }
        Ok(Some(self.parts))
    }

    fn has_all_of(&self, wanted: &Parts) -> bool {
        self.parts.restore.is_some() == wanted.restore.is_some()
            && self.parts.sidecar.is_some() == wanted.sidecar.is_some()
            && self.parts.volumes.len() == wanted.volumes.len()
    }
}

fn refuse_our_names(pod: &Pod) -> Result<(), Refusal> {
    let Some(spec) = &pod.spec else { return Ok(()) };
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let mut containers = containers.map(|container| container.name.as_str());
    if let Some(name) = containers.find_map(|name| CONTAINERS.into_iter().find(|ours| *ours == name)) {
        return Err(Refusal::NameTaken { kind: "container", name });
    }
    let mut volumes = spec.volumes.iter().flatten().map(|volume| volume.name.as_str());
    match volumes.find_map(|name| VOLUMES.into_iter().find(|ours| *ours == name)) {
        Some(name) => Err(Refusal::NameTaken { kind: "volume", name }),
        None => Ok(()),
    }
}
