//! What the Pods of an object come to, counted one after the other: there may be more than fit into memory at once. Pure.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt as _;
use podfs_api::PodFilesystemSync;
use podfs_api::names::{RESTORE_CONTAINER, SIDECAR_CONTAINER};
use podfs_inject::{locate, remote_path_of, select};

use super::locations::Locations;

/// Of a Pod that was made without us: the reason of a condition and of an Event, and what they say.
pub(super) const NOT_SYNCED: &str = "NotSynced";
pub(super) const LEFT_OUT: &str = "this Pod has the label, but was made while the webhook was not asked: its volume is neither \
                                   restored nor synced; create it anew. With webhook.onlyLabelledNamespaces, first give its \
                                   namespace the label riotkit.org/volume-syncing-controller=true: the webhook is asked \
                                   about no other";

/// Of the Pods that were counted so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Whether any of them is served.
    pub(super) any: bool,
    /// What is wrong with the first that has something: a reason, and a message.
    pub(super) trouble: Option<(&'static str, String)>,
    /// When a sidecar last ended well.
    pub(super) last_sync: Option<Time>,
    /// Where they lead to.
    pub(super) locations: Locations,
}

impl Found {
    /// Counts a Pod, if the object selects it; `objects` are all of its namespace.
    pub(super) fn count(&mut self, pod: &Pod, object: &PodFilesystemSync, objects: &[&PodFilesystemSync]) {
        if select(pod, std::iter::once(object)).is_err() {
            return;
        }
        if is_left_out(pod) {
            return self.has(pod, NOT_SYNCED, LEFT_OUT);
        }
        // Where it was told to sync to; the object may say something else by now.
        let Some(remote_path) = remote_path_of(pod) else { return };
        self.any = true;
        self.note(remote_path, last_sync(pod));
        if has_ended(pod) {
            return;
        }
        let fits = select(pod, objects.iter().copied()).and_then(|_| locate(pod, object));
        if let Err(refusal) = fits {
            self.has(pod, refusal.reason(), &refusal.to_string());
        }
    }

    /// Counts a Pod that is gone, for what it has synced and nothing else.
    pub(super) fn count_gone(&mut self, pod: &Pod, object: &PodFilesystemSync) {
        if select(pod, std::iter::once(object)).is_err() {
            return;
        }
        if let (Some(remote_path), Some(end)) = (remote_path_of(pod), last_sync(pod)) {
            self.note(remote_path, Some(end));
        }
    }

    /// What those synced that are gone counts too.
    pub(super) fn add(&mut self, gone: &Self) {
        self.locations.add(&gone.locations);
        self.last_sync = self.last_sync.take().max(gone.last_sync.clone());
    }

    fn note(&mut self, remote_path: String, last_sync: Option<Time>) {
        self.locations.note(remote_path, last_sync.is_some());
        self.last_sync = self.last_sync.take().max(last_sync);
    }

    fn has(&mut self, pod: &Pod, reason: &'static str, message: &str) {
        self.trouble.get_or_insert_with(|| (reason, format!("Pod {}: {message}", pod.name_any())));
    }
}

/// A Pod that takes part by its label, and has none of the containers: it was made while nobody answered.
pub(super) fn is_left_out(pod: &Pod) -> bool {
    let Some(spec) = &pod.spec else { return false };
    let mut containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    !has_ended(pod)
        && !containers
            .any(|container| [RESTORE_CONTAINER, SIDECAR_CONTAINER].contains(&container.name.as_str()))
}

/// Nobody can help a Pod that will not run again, such as that of a finished Job.
fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// When a sidecar ended well, which means that its last sync did.
fn last_sync(pod: &Pod) -> Option<Time> {
    let status = pod.status.as_ref()?;
    let mut all = status.container_statuses.iter().chain(&status.init_container_statuses).flatten();
    let sidecar = all.find(|container| container.name == SIDECAR_CONTAINER)?;
    let states = [&sidecar.state, &sidecar.last_state].into_iter().flatten();
    let mut ended = states.filter_map(|state| state.terminated.as_ref());
    ended.find(|terminated| terminated.exit_code == 0)?.finished_at.clone()
}
