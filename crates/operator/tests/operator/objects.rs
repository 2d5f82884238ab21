//! Objects and Pods, as users write them.

use serde_json::{Value, json};

/// An object that selects Pods of the app of its name.
pub(crate) fn object(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "riotkit.org/v1alpha1",
        "kind": "PodFilesystemSync",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "podSelector": {"matchLabels": {"app": name}},
            "localPath": "/data",
            "remotePath": "/bucket/{{ pod.metadata.name }}",
            "env": {"REMOTE_TYPE": "s3"},
        },
    })
}

/// The same with a key that is made.
pub(crate) fn encrypted(namespace: &str, name: &str, secret: &str) -> Value {
    let mut object = object(namespace, name);
    object["spec"]["automaticEncryption"] = json!({"enabled": true, "secretName": secret});
    object
}

/// A Pod of an app, with the label.
pub(crate) fn pod(namespace: &str, app: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": namespace, "name": name,
            "labels": {"app": app, "riotkit.org/volume-syncing-controller": "true"},
        },
        "spec": {
            // Where there are nodes, it starts on none of them.
            "schedulerName": "nobody",
            "securityContext": {"runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000},
            "volumes": [{"name": "data", "emptyDir": {}}],
            "containers": [{
                "name": "app", "image": "registry.invalid/app",
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }],
        },
    })
}

/// What the API server asks about a Pod that is to be made.
pub(crate) fn review(pod: &Value) -> String {
    let request = json!({
        "uid": "1", "operation": "CREATE", "namespace": pod["metadata"]["namespace"], "object": pod,
    });
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}).to_string()
}
