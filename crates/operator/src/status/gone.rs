//! What Pods synced that are gone, until it stands in a status. How a sidecar ended is told a moment before its Pod is gone, so
//! that most of them are never seen like that. Pure.

use std::collections::HashMap;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use podfs_api::PodFilesystemSync;

use super::found::Found;

/// By namespace and uid of the objects: one that is made anew by the same name has nothing to do with it.
#[derive(Debug, Default)]
pub(super) struct Gone {
    synced: HashMap<(String, String), Found>,
}

impl Gone {
    /// Takes in a Pod that is gone; `objects` are all of its namespace.
    pub(super) fn take_in(&mut self, pod: &Pod, objects: &[&PodFilesystemSync]) {
        for object in objects {
            self.synced.entry(key(object)).or_default().count_gone(pod, object);
        }
    }

    /// Adds what counts for an object to what was found of it.
    pub(super) fn add_to(&self, found: &mut Found, object: &PodFilesystemSync) {
        if let Some(synced) = self.synced.get(&key(object)) {
            found.add(synced);
        }
    }

    /// It stands in the object's status.
    pub(super) fn forget(&mut self, object: &PodFilesystemSync) {
        self.synced.remove(&key(object));
    }

    /// Of a namespace, only what counts for these objects counts from now on.
    pub(super) fn keep(&mut self, namespace: &str, objects: &[&PodFilesystemSync]) {
        let is_there = |uid: &str| objects.iter().any(|object| object.metadata.uid.as_deref() == Some(uid));
        self.synced.retain(|(other, uid), _| other != namespace || is_there(uid));
    }
}

fn key(object: &PodFilesystemSync) -> (String, String) {
    (object.namespace().unwrap_or_default(), object.uid().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(uid: &str) -> PodFilesystemSync {
        serde_json::from_value(json!({
            "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
            "metadata": {"namespace": "team", "name": "web", "uid": uid},
            "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "localPath": "/data", "remotePath": "/bucket"},
        }))
        .unwrap()
    }

    fn pod(app: &str, exit_code: i32) -> Pod {
        let sidecar = "volume-syncing-sidecar";
        serde_json::from_value(json!({
            "metadata": {"namespace": "team", "name": "web-0", "labels": {"app": app}},
            "spec": {"containers": [{"name": sidecar, "args": ["sync-to-remote", "--dst", "/bucket/web-0"]}]},
            "status": {"containerStatuses": [{
                "name": sidecar, "image": "", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": exit_code, "finishedAt": "2026-11-22T10:00:00Z"}},
            }]},
        }))
        .unwrap()
    }

    fn found(gone: &Gone, object: &PodFilesystemSync) -> (usize, bool) {
        let mut found = Found::default();
        gone.add_to(&mut found, object);
        assert!(!found.any && found.trouble.is_none(), "{found:?}");
        (found.locations.after(Vec::new()).len(), found.last_sync.is_some())
    }

    #[test]
    fn what_a_pod_synced_that_is_gone_counts_until_it_stands_in_the_status_of_that_very_object() {
        let (mut gone, web) = (Gone::default(), object("u"));
        gone.take_in(&pod("web", 0), &[&web]);
        for _ in 0..2 {
            assert_eq!(found(&gone, &web), (1, true));
        }
        assert_eq!(found(&gone, &object("v")), (0, false));
        gone.forget(&web);
        assert_eq!(found(&gone, &web), (0, false));
    }

    #[test]
    fn a_pod_that_is_gone_counts_only_where_it_was_selected_and_its_sidecar_ended_well() {
        let (mut gone, web) = (Gone::default(), object("u"));
        [pod("other", 0), pod("web", 1)].iter().for_each(|pod| gone.take_in(pod, &[&web]));
        assert_eq!(found(&gone, &web), (0, false));
    }

    #[test]
    fn with_its_object_goes_what_counted_for_it() {
        let (mut gone, web) = (Gone::default(), object("u"));
        gone.take_in(&pod("web", 0), &[&web]);
        gone.keep("other", &[]);
        gone.keep("team", &[&web]);
        assert_eq!(gone.synced.len(), 1);
        gone.keep("team", &[]);
        assert!(gone.synced.is_empty());
    }
}
