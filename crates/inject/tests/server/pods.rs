//! Injected Pods.

use k8s_openapi::api::core::v1::Pod;
use podfs_api::PodFilesystemSync;
use podfs_inject::{Settings, SidecarMode, inject};
use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{STRICT, Server, file};

/// The Pod of an example, injected, in the namespace that enforces the Pod Security level `restricted`.
fn strict(sidecar_mode: SidecarMode, options: Value) -> String {
    let text = std::fs::read_to_string(file("examples/volume-syncing-controller/s3.yaml")).unwrap();
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    let [object, pod] = documents.try_into().unwrap();
    let (mut object, mut pod): (PodFilesystemSync, Pod) =
        (serde_json::from_value(object).unwrap(), serde_json::from_value(pod).unwrap());
    object.spec.sync_options = serde_json::from_value(options).unwrap();
    pod.metadata.namespace = Some(STRICT.to_owned());
    let settings = Settings { sidecar_mode, ..Settings::new("registry.example/volume-syncing-controller:1") };
    serde_json::to_string(&inject(&pod, &object, &settings).unwrap()).unwrap()
}

#[rstest]
fn an_injected_pod_is_accepted_where_pod_security_is_restricted(
    #[values(SidecarMode::Native, SidecarMode::Container)] mode: SidecarMode,
) {
    Server::shared().try_create(&strict(mode, json!({"schedule": "@every 5m"}))).unwrap();
}

#[test]
fn root_is_refused_by_a_namespace_that_forbids_it() {
    let told = Server::shared()
        .try_create(&strict(SidecarMode::Native, json!({"permissions": {"uid": 0}})))
        .unwrap_err();
    assert!(told.contains("runAsUser=0"), "{told}");
}
