//! What users write.

use podfs_testkit::cluster::node::BUSYBOX_IMAGE;
use podfs_testkit::servers::{S3Server, as_env};
use serde_json::{Value, json};

/// The Secret with all that leads to a server.
pub(crate) fn remote(namespace: &str, server: &S3Server) -> Value {
    let data: serde_json::Map<String, Value> =
        as_env("REMOTE", &server.params()).into_iter().map(|(key, value)| (key, value.into())).collect();
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"namespace": namespace, "name": "remote"},
        "stringData": data,
    })
}

/// Name, time and tag of everything in a bucket.
pub(crate) fn listed(server: &S3Server, bucket: &str) -> Vec<[String; 3]> {
    let listing = server.request("GET", &format!("/{bucket}?list-type=2"), b"").unwrap().text();
    let part = |object: &str, name: &str| {
        let (_, rest) = object.split_once(&format!("<{name}>")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let objects = listing.split("<Contents>").skip(1);
    objects.map(|object| ["Key", "LastModified", "ETag"].map(|name| part(object, name))).collect()
}

/// An object that selects Pods of one app. It syncs at the end alone.
pub(crate) fn object(namespace: &str, app: &str, bucket: &str) -> Value {
    json!({
        "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
        "metadata": {"namespace": namespace, "name": app},
        "spec": {
            "podSelector": {"matchLabels": {"app": app}},
            "localPath": "/data",
            "remotePath": format!("/{bucket}/{app}"),
            "syncOptions": {"schedule": "@every 24h"},
            "envFromSecrets": [{"name": "remote"}],
        },
    })
}

/// Where an application of ours runs, what of it Pod Security `restricted` asks for, and the label.
fn template(app: &str, script: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": app, "riotkit.org/volume-syncing-controller": "true"}},
        "spec": {
            "restartPolicy": "Never",
            // A machine that is busy with other things takes its time for the last sync too.
            "terminationGracePeriodSeconds": 120,
            "securityContext": {
                "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000, "runAsNonRoot": true,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "volumes": [{"name": "data", "emptyDir": {}}],
            "containers": [{
                "name": "app", "image": BUSYBOX_IMAGE, "command": ["sh", "-c", script],
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    })
}

/// A Job of an app that does this and ends.
pub(crate) fn job(namespace: &str, app: &str, script: &str) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"namespace": namespace, "name": app},
        "spec": {"backoffLimit": 0, "template": template(app, script)},
    })
}

/// What an app does that writes a last file into this folder when it is asked to end.
pub(crate) fn until_asked_to_end(folder: &str) -> String {
    format!("trap 'echo at the end > {folder}/last; exit 0' TERM; while true; do sleep 0.2; done")
}

/// A Pod of such an app.
pub(crate) fn pod(namespace: &str, app: &str) -> Value {
    let mut pod = template(app, &until_asked_to_end("/data"));
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!(app);
    pod["metadata"]["namespace"] = json!(namespace);
    pod
}
