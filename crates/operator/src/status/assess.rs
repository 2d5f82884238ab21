//! From what is seen to a status. Pure.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::ResourceExt as _;
use podfs_api::{PodFilesystemSync, PodFilesystemSyncStatus, READY};

use super::found::Found;
use super::keys::SeenKey;
use super::overlap::overlapping;
use crate::encryption::{ENCRYPTION_KEY, had_key};

/// Longest message of a condition, in bytes: what is wrong may be quoted in it.
const LONGEST_MESSAGE: usize = 4_096;

/// All that counts for an object.
pub(super) struct Seen<'a> {
    pub(super) object: &'a PodFilesystemSync,
    /// All of its namespace.
    pub(super) objects: &'a [&'a PodFilesystemSync],
    /// What its Pods come to.
    pub(super) found: Found,
    pub(super) key: SeenKey,
}

/// What is so, before it is known since when.
struct Assessed {
    kind: &'static str,
    status: &'static str,
    reason: &'static str,
    message: String,
}

impl Seen<'_> {
    /// The status that it should have.
    pub(super) fn status(self, now: &Time) -> PodFilesystemSyncStatus {
        let before = self.object.status.clone().unwrap_or_default();
        let ready =
            self.said_before(&before).unwrap_or_else(|| self.condition(self.readiness(), &before, now));
        let observed_generation = ready.observed_generation;
        let mut conditions = vec![ready];
        match self.key() {
            Some(key) => conditions.push(self.condition(key, &before, now)),
            // It is what tells that there was a key.
            None => conditions.extend(condition_of(&before, ENCRYPTION_KEY).cloned()),
        }
        PodFilesystemSyncStatus {
            conditions,
            last_sync_time: before.last_sync_time.max(self.found.last_sync.clone()),
            observed_generation,
            locations: self.found.locations.after(before.locations),
        }
    }

    /// What was said of readiness, if nothing was learned since.
    fn said_before(&self, before: &PodFilesystemSyncStatus) -> Option<Condition> {
        match self.key {
            SeenKey::Untold { .. } => condition_of(before, READY).cloned(),
            _ => None,
        }
    }

    fn condition(&self, assessed: Assessed, before: &PodFilesystemSyncStatus, now: &Time) -> Condition {
        let Assessed { kind, status, reason, mut message } = assessed;
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        let same = condition_of(before, kind).filter(|before| before.status == status);
        Condition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message,
            last_transition_time: same.map_or(now, |same| &same.last_transition_time).clone(),
            observed_generation: self.object.metadata.generation,
        }
    }

    /// What is to be said of the key; nothing where that is what was said before.
    fn key(&self) -> Option<Assessed> {
        let kind = ENCRYPTION_KEY;
        match &self.key {
            SeenKey::There => {
                let secret = self.object.spec.automatic_encryption.secret()?;
                let message = format!(
                    "Secret {secret} holds the key; keep a copy of it somewhere else: without it nobody can read the data"
                );
                Some(Assessed { kind, status: "True", reason: "Kept", message })
            }
            SeenKey::Wrong { reason, message } if had_key(self.object) => {
                Some(Assessed { kind, status: "False", reason, message: message.clone() })
            }
            SeenKey::None | SeenKey::Wrong { .. } | SeenKey::Untold { .. } => None,
        }
    }

    fn readiness(&self) -> Assessed {
        let kind = READY;
        match self.problem() {
            Some((reason, message)) => Assessed { kind, status: "False", reason, message },
            None => {
                // Without the number of Pods, which changes all the time.
                let (reason, message) = match self.found.any {
                    true => ("PodsServed", "this object selects Pods, and they can be served"),
                    false => {
                        ("NoMatchingPod", "Pods can be served; none is there now that this object selects")
                    }
                };
                Assessed { kind, status: "True", reason, message: message.to_owned() }
            }
        }
    }

    /// Why Pods cannot be served: first what none of them could have.
    fn problem(&self) -> Option<(&'static str, String)> {
        match &self.key {
            SeenKey::Wrong { reason, message } => return Some((reason, message.clone())),
            SeenKey::Untold { message, .. } => return Some(("EncryptionSecretUnknown", message.clone())),
            SeenKey::None | SeenKey::There => {}
        }
        if let Err(refusal) = podfs_inject::check(self.object) {
            return Some((refusal.reason(), refusal.to_string()));
        }
        if let Some(other) = overlapping(self.object, self.objects) {
            return Some(("Ambiguous", ambiguous(&other.name_any())));
        }
        self.found.trouble.clone()
    }
}

fn ambiguous(other: &str) -> String {
    format!(
        "PodFilesystemSync {other} certainly selects Pods that this object selects too, so that these are refused; change the \
         podSelectors so that exactly one object selects each Pod"
    )
}

fn condition_of<'a>(status: &'a PodFilesystemSyncStatus, kind: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|condition| condition.type_ == kind)
}

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;
