//! What the Pods of an object come to, counted one after the other: there may be more than fit into memory at once. Pure.

use k8s_openapi::api::core::v1::{ContainerStateTerminated, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt as _;
use podfs_api::names::SIDECAR_CONTAINER;
use podfs_api::{Location, PodFilesystemSync};
use podfs_inject::{Refusal, locate, select};

/// Most locations that a status holds: a template may lead to a new one for each Pod there ever was.
const MOST_LOCATIONS: usize = 1_000;

/// Of the Pods that were counted so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Whether there are any.
    pub(super) any: bool,
    /// What is wrong with the first that has something: a reason, and a message.
    pub(super) trouble: Option<(&'static str, String)>,
    /// When a sidecar last ended well.
    pub(super) last_sync: Option<Time>,
    locations: Vec<Location>,
}

impl Found {
    /// Counts a Pod, if the object selects it; `objects` are all of its namespace.
    pub(super) fn count(&mut self, pod: &Pod, object: &PodFilesystemSync, objects: &[&PodFilesystemSync]) {
        if select(pod, std::iter::once(object)).is_err() {
            return;
        }
        self.any = true;
        if let Err(refusal) = select(pod, objects.iter().copied()) {
            self.has(pod, &refusal);
        }
        match locate(pod, object) {
            Ok(location) => {
                let end = last_sync(pod).and_then(|end| end.finished_at.clone());
                note(&mut self.locations, location.remote_path, end.is_some());
                self.last_sync = self.last_sync.take().max(end);
            }
            Err(refusal) => self.has(pod, &refusal),
        }
    }

    fn has(&mut self, pod: &Pod, refusal: &Refusal) {
        self.trouble.get_or_insert_with(|| (refusal.reason(), format!("Pod {}: {refusal}", pod.name_any())));
    }

    /// The locations of these Pods, and of those that were there before.
    pub(super) fn with_those_before(mut self, before: Vec<Location>) -> Vec<Location> {
        for location in before {
            note(&mut self.locations, location.directory, location.synchronized_to_remote);
        }
        self.locations.sort_by(|one, other| one.directory.cmp(&other.directory));
        self.locations
    }
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
    let room = locations.len() < MOST_LOCATIONS;
    match locations.iter_mut().find(|location| location.directory == directory) {
        Some(location) => location.synchronized_to_remote |= synchronized_to_remote,
        None if room => locations.push(Location { directory, synchronized_to_remote }),
        None => {}
    }
}
