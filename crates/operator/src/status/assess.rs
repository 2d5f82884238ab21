//! From what is seen to a status. Pure.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use podfs_api::names::{RESTORE_CONTAINER, SIDECAR_CONTAINER};
use podfs_api::{PodFilesystemSync, PodFilesystemSyncStatus, READY};

use super::found::Found;

/// The type of the condition about the key of an encryption.
const ENCRYPTION_KEY: &str = "EncryptionKey";

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
    /// What its Pods come to.
    pub(super) found: Found,
    pub(super) key: SeenKey,
}

impl Seen<'_> {
    /// The status that it should have.
    pub(super) fn status(self, now: &Time) -> PodFilesystemSyncStatus {
        let before = self.object.status.clone().unwrap_or_default();
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
        let conditions = conditions.collect();
        let last_sync_time = before.last_sync_time.max(self.found.last_sync.clone());
        PodFilesystemSyncStatus {
            conditions,
            last_sync_time,
            observed_generation: self.object.metadata.generation,
            locations: self.found.with_those_before(before.locations),
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
        match &self.found.trouble {
            Some((reason, message)) => (false, reason, message.clone()),
            // Without their number, which changes all the time.
            None if self.found.any => {
                (true, "PodsServed", "this object selects Pods, and they can be served".to_owned())
            }
            None => (
                true,
                "NoMatchingPod",
                "Pods can be served; none is there now that this object selects".to_owned(),
            ),
        }
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

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;
