//! Writes a status, by server-side apply.

use kube::api::{Patch, PatchParams};
use kube::core::PartialObjectMeta;
use kube::{Api, Client};
use podfs_api::names::CONTROLLER;
use podfs_api::{PodFilesystemSync, PodFilesystemSyncStatus};
use serde_json::json;

/// Makes it the status of an object, unless that is gone.
pub(super) async fn write_status(
    client: &Client,
    namespace: &str,
    name: &str,
    status: &PodFilesystemSyncStatus,
) -> kube::Result<()> {
    let objects: Api<PartialObjectMeta<PodFilesystemSync>> = Api::namespaced(client.clone(), namespace);
    let patch = json!({
        "apiVersion": "riotkit.org/v1alpha1",
        "kind": "PodFilesystemSync",
        "metadata": {"name": name, "namespace": namespace},
        "status": status,
    });
    let parameters = PatchParams::apply(CONTROLLER).force();
    unless_gone(objects.patch_status(name, &parameters, &Patch::Apply(&patch)).await)
}

/// Nothing need be written to what is not there any more.
pub(super) fn unless_gone<T>(written: kube::Result<T>) -> kube::Result<()> {
    match written {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error),
    }
}
