//! Writes a status, by server-side apply.

use kube::api::{Patch, PatchParams};
use kube::core::PartialObjectMeta;
use kube::{Api, Client};
use podfs_api::PodFilesystemSync;
use podfs_api::names::CONTROLLER;
use serde::Serialize;
use serde_json::json;

/// Makes it the status of an object, unless that is gone.
pub(super) async fn write_status(
    client: &Client,
    namespace: &str,
    name: &str,
    status: &impl Serialize,
) -> kube::Result<()> {
    // What comes back may be an object that cannot be read.
    let objects: Api<PartialObjectMeta<PodFilesystemSync>> = Api::namespaced(client.clone(), namespace);
    let patch = json!({
        "apiVersion": "riotkit.org/v1alpha1",
        "kind": "PodFilesystemSync",
        "metadata": {"name": name, "namespace": namespace},
        "status": status,
    });
    let parameters = PatchParams::apply(CONTROLLER).force();
    match objects.patch_status(name, &parameters, &Patch::Apply(&patch)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error),
    }
}
