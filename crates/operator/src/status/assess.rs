//! From what is seen to a status. Pure.

use k8s_openapi::api::core::v1::{ContainerStateTerminated, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::ResourceExt as _;
use podfs_api::names::{RESTORE_CONTAINER, SIDECAR_CONTAINER};
use podfs_api::{Location, PodFilesystemSync, PodFilesystemSyncStatus, READY};
use podfs_inject::{locate, select};

/// The type of the condition about the key of an encryption.
const ENCRYPTION_KEY: &str = "EncryptionKey";
/// Most locations that a status holds: a template may lead to a new one for each Pod there ever was.
const MOST_LOCATIONS: usize = 1_000;

/// What is seen of an object's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SeenKey {
    /// None is asked for.
    None,
    /// It is in the Secret.
    There,
    /// It is not, and why.
    Wrong {
        /// In one word.
        reason: &'static str,
        /// In words.
        message: String,
    },
}

/// All that counts for an object.
pub(super) struct Seen<'a> {
    pub(super) object: &'a PodFilesystemSync,
    /// All objects of its namespace, itself among them.
    pub(super) objects: &'a [&'a PodFilesystemSync],
    /// The labelled Pods of its namespace.
    pub(super) pods: &'a [&'a Pod],
    pub(super) key: SeenKey,
}

impl Seen<'_> {
    /// The status that it should have.
    pub(super) fn status(&self, now: &Time) -> PodFilesystemSyncStatus {
        let before = self.object.status.clone().unwrap_or_default();
        let mut synced = before.last_sync_time.clone();
        let mut locations = Vec::new();
        for pod in self.own_pods() {
            let Ok(location) = locate(pod, self.object) else { continue };
            let end = last_sync(pod).and_then(|end| end.finished_at.clone());
            note(&mut locations, location.remote_path, end.is_some());
            synced = synced.max(end);
        }
        for location in before.locations {
            note(&mut locations, location.directory, location.synchronized_to_remote);
        }
        locations.truncate(MOST_LOCATIONS);
        locations.sort_by(|one, other| one.directory.cmp(&other.directory));
        let conditions = self.conditions().map(|(kind, is_so, reason, message)| {
            let status = if is_so { "True" } else { "False" };
            let before =
                before.conditions.iter().find(|before| before.type_ == kind && before.status == status);
            Condition {
                type_: kind.to_owned(),
                status: status.to_owned(),
                reason: reason.to_owned(),
                message,
                last_transition_time: before.map_or(now, |before| &before.last_transition_time).clone(),
                observed_generation: self.object.metadata.generation,
            }
        });
        PodFilesystemSyncStatus {
            locations,
            conditions: conditions.collect(),
            observed_generation: self.object.metadata.generation,
            last_sync_time: synced,
        }
    }

    fn conditions(&self) -> impl Iterator<Item = (&'static str, bool, &'static str, String)> {
        let (is_ready, reason, message) = self.readiness();
        let secret = self.object.spec.automatic_encryption.secret().filter(|_| self.key == SeenKey::There);
        let kept = secret.map(|secret| {
            let message = format!(
                "Secret {secret} holds the key; keep a copy of it somewhere else: without it nobody can read the data"
            );
            (ENCRYPTION_KEY, true, "Kept", message)
        });
        [Some((READY, is_ready, reason, message)), kept].into_iter().flatten()
    }

    fn readiness(&self) -> (bool, &'static str, String) {
        if let SeenKey::Wrong { reason, message } = &self.key {
            return (false, reason, message.clone());
        }
        let mut pods = 0;
        for pod in self.own_pods() {
            if let Err(refusal) = select(pod, self.objects.iter().copied()) {
                return (false, refusal.reason(), format!("Pod {}: {refusal}", pod.name_any()));
            }
            if let Err(refusal) = locate(pod, self.object) {
                return (false, refusal.reason(), format!("Pod {}: {refusal}", pod.name_any()));
            }
            pods += 1;
        }
        match pods {
            0 => (
                true,
                "NoMatchingPod",
                "Pods can be served; none is there now that this object selects".to_owned(),
            ),
            pods => (true, "PodsServed", format!("this object selects {pods} Pods")),
        }
    }

    /// The Pods that this object selects, whoever else does.
    fn own_pods(&self) -> impl Iterator<Item = &Pod> {
        self.pods.iter().copied().filter(|pod| select(pod, std::iter::once(self.object)).is_ok())
    }
}

/// A Pod that takes part by its label, and has none of the containers: it was made while nobody answered.
pub(super) fn is_left_out(pod: &Pod) -> bool {
    let Some(spec) = &pod.spec else { return false };
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let mut containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    !matches!(phase, Some("Succeeded" | "Failed"))
        && !containers
            .any(|container| [RESTORE_CONTAINER, SIDECAR_CONTAINER].contains(&container.name.as_str()))
}

/// The end of a sidecar that ended well, which means that its last sync did.
fn last_sync(pod: &Pod) -> Option<&ContainerStateTerminated> {
    let status = pod.status.as_ref()?;
    let mut all = status.container_statuses.iter().chain(&status.init_container_statuses).flatten();
    let sidecar = all.find(|container| container.name == SIDECAR_CONTAINER)?;
    let states = [&sidecar.state, &sidecar.last_state].into_iter().flatten();
    let mut ended = states.filter_map(|state| state.terminated.as_ref());
    ended.find(|terminated| terminated.exit_code == 0)
}

fn note(locations: &mut Vec<Location>, directory: String, synchronized_to_remote: bool) {
    match locations.iter_mut().find(|location| location.directory == directory) {
        Some(location) => location.synchronized_to_remote |= synchronized_to_remote,
        None => locations.push(Location { directory, synchronized_to_remote }),
    }
}

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;
