//! Pods and objects for tests.

use k8s_openapi::api::core::v1::{Container, Pod};
use podfs_api::PodFilesystemSync;
use serde_json::{Value, json};

use crate::{Refusal, Settings, inject};

/// A Pod with one container that has volume `data` at `/data`, and what `more` says.
pub(super) fn pod(more: Value) -> Pod {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "app-0", "namespace": "shop",
            "labels": {"riotkit.org/volume-syncing-controller": "true", "app": "app"},
        },
        "spec": {
            "containers": [{"name": "app", "image": "app", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}],
            "volumes": [{"name": "data", "emptyDir": {}}],
        },
    });
    merge(&mut pod, more);
    serde_json::from_value(pod).unwrap()
}

/// An object for `/data`, with what `more` says in its spec.
pub(super) fn object(more: Value) -> PodFilesystemSync {
    named("app", json!({"spec": more}))
}

/// An object of this name, with what `more` says.
pub(super) fn named(name: &str, more: Value) -> PodFilesystemSync {
    let mut object = json!({
        "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": "app"}}, "localPath": "/data", "remotePath": "/bucket/app"},
    });
    merge(&mut object, more);
    serde_json::from_value(object).unwrap()
}

pub(super) fn settings() -> Settings {
    Settings::new("registry.example/volume-syncing-controller:1.2.3")
}

pub(super) fn injected(pod: &Pod, object: &PodFilesystemSync) -> Pod {
    inject(pod, object, &settings()).unwrap()
}

pub(super) fn refusal(pod: &Pod, object: &PodFilesystemSync) -> Refusal {
    inject(pod, object, &settings()).unwrap_err()
}

/// The injected container of this name, wherever it is.
pub(super) fn container<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    let spec = pod.spec.as_ref().unwrap();
    let mut all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    all.find(|container| container.name == name)
}

pub(super) fn restore(pod: &Pod) -> &Container {
    container(pod, "init-volume-restore").unwrap()
}

pub(super) fn sidecar(pod: &Pod) -> &Container {
    container(pod, "volume-syncing-sidecar").unwrap()
}

/// The names of the init containers, in order.
pub(super) fn init_names(pod: &Pod) -> Vec<&str> {
    pod.spec
        .as_ref()
        .unwrap()
        .init_containers
        .iter()
        .flatten()
        .map(|container| container.name.as_str())
        .collect()
}

pub(super) fn arguments(container: &Container) -> Vec<&str> {
    container.args.iter().flatten().map(String::as_str).collect()
}

/// The value of a variable that stands in the container.
pub(super) fn variable<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    let found = container.env.iter().flatten().find(|variable| variable.name == name)?;
    found.value.as_deref()
}

/// Maps are joined, everything else is replaced.
fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}
