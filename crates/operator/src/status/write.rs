//! Writes a status, by server-side apply. It says which object and which version of it was seen: where that is another by now, the
//! API server takes nothing, and somebody has to look again.

use kube::api::{Patch, PatchParams};
use kube::core::PartialObjectMeta;
use kube::{Api, Client, ResourceExt as _};
use podfs_api::names::CONTROLLER;
use podfs_api::{PodFilesystemSync, PodFilesystemSyncStatus};
use serde_json::{Value, json};

/// Makes it the status of an object, unless that is gone.
pub(super) async fn write_status(
    client: &Client,
    object: &PodFilesystemSync,
    status: &PodFilesystemSyncStatus,
) -> kube::Result<()> {
    let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
    let objects: Api<PartialObjectMeta<PodFilesystemSync>> = Api::namespaced(client.clone(), &namespace);
    let parameters = PatchParams::apply(CONTROLLER).force();
    unless_gone(objects.patch_status(&name, &parameters, &Patch::Apply(&patch(object, status))).await)
}

fn patch(object: &PodFilesystemSync, status: &PodFilesystemSyncStatus) -> Value {
    json!({
        "apiVersion": "riotkit.org/v1alpha1",
        "kind": "PodFilesystemSync",
        "metadata": {
            "name": object.name_any(),
            "namespace": object.namespace(),
            // What was seen of one must not become the status of another that was made by its name meanwhile.
            "uid": object.uid(),
            // What was written before and is left out now goes, so it has to have been seen.
            "resourceVersion": object.resource_version(),
        },
        "status": status,
    })
}

/// Nothing need be written to what is not there any more.
pub(super) fn unless_gone<T>(written: kube::Result<T>) -> kube::Result<()> {
    match written {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether it was another by then.
pub(super) fn is_outdated(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_says_which_version_of_which_object_was_seen() {
        let object = json!({
            "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
            "metadata": {"namespace": "team", "name": "web", "uid": "u", "resourceVersion": "7", "labels": {"a": "b"}},
            "spec": {"podSelector": {}, "localPath": "/data", "remotePath": "/bucket"},
        });
        let patch = patch(&serde_json::from_value(object).unwrap(), &PodFilesystemSyncStatus::default());
        let seen = json!({"namespace": "team", "name": "web", "uid": "u", "resourceVersion": "7"});
        assert_eq!((&patch["metadata"], patch.get("spec")), (&seen, None));
    }
}
