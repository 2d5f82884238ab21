//! The node, as these tests use it.

use std::process::Output;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use podfs_testkit::cluster::NODE_NAME;
use podfs_testkit::cluster::node::{BUSYBOX_IMAGE, Inside, on_node};
use serde_json::{Value, json};

use crate::metadata::metadata;

/// Longer than a Pod takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something is so.
pub(crate) fn until(what: &str, holds: impl FnMut() -> bool) {
    podfs_testkit::until(what, PATIENCE, holds).unwrap();
}

/// Runs a test on the node, with the agent on it. There is one agent, so the tests take turns.
pub(crate) fn on_the_node(name: &str, test: impl FnOnce(&Cluster<'_>)) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    on_node(name, |node| {
        let cluster = Cluster { node };
        crate::agent::install(&cluster);
        test(&cluster);
    })
    .unwrap();
}

/// A cluster of one node.
pub(crate) struct Cluster<'node> {
    pub(crate) node: &'node Inside,
}

impl Cluster<'_> {
    /// kubectl, which must do what it is asked.
    pub(crate) fn kubectl(&self, words: &[&str]) -> String {
        self.node.ask(words).unwrap()
    }

    pub(crate) fn try_kubectl(&self, words: &[&str]) -> Output {
        self.node.kubectl().unwrap().args(words).output().unwrap()
    }

    pub(crate) fn apply(&self, object: &Value) {
        self.node.apply(&object.to_string()).unwrap();
    }

    pub(crate) fn namespace(&self, name: &str) {
        self.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        until("there is a service account", || {
            self.try_kubectl(&["get", "serviceaccount", "default", "--namespace", name]).status.success()
        });
    }

    /// What a program in a Pod prints; nothing when it fails.
    pub(crate) fn exec(&self, namespace: &str, pod: &str, words: &[&str]) -> Option<String> {
        let output = self.try_kubectl(&[&["exec", "--namespace", namespace, pod, "--"], words].concat());
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    pub(crate) fn wait_ready(&self, namespace: &str, pod: &str) {
        self.kubectl(&[
            "wait",
            "--namespace",
            namespace,
            "--for=condition=Ready",
            &format!("pod/{pod}"),
            "--timeout=120s",
        ]);
    }

    pub(crate) fn uid(&self, namespace: &str, pod: &str) -> String {
        self.kubectl(&["get", "pod", "--namespace", namespace, pod, "--output=jsonpath={.metadata.uid}"])
    }

    pub(crate) fn delete(&self, namespace: &str, pod: &str) {
        self.kubectl(&["delete", "pod", "--namespace", namespace, pod, "--grace-period=1"]);
    }
}

/// A Pod that vcluster's syncer made, with the volumes given.
pub(crate) fn vcluster_pod(
    namespace: &str,
    vcluster: &str,
    name: &str,
    virtual_uid: &str,
    volumes: &Value,
) -> Value {
    let mounts: Vec<Value> = volumes
        .as_array()
        .unwrap()
        .iter()
        .map(|volume| json!({"name": volume["name"], "mountPath": format!("/volumes/{}", volume["name"].as_str().unwrap())}))
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata((namespace, name), vcluster, (name, virtual_uid)),
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "volumes": volumes,
            "containers": [{
                "name": "app", "image": BUSYBOX_IMAGE, "command": ["sleep", "3600"], "volumeMounts": mounts,
            }],
        },
    })
}

/// A Pod that stands for a daemonset inside the virtual cluster: it has `<vcluster>/pods` where a kubelet has Pods.
pub(crate) fn daemon_of(namespace: &str, vcluster: &str, name: &str) -> Value {
    let path = format!("/var/lib/loft/{vcluster}/pods");
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "nodeName": NODE_NAME,
            "terminationGracePeriodSeconds": 1,
            "volumes": [{"name": "pods", "hostPath": {"path": path, "type": "DirectoryOrCreate"}}],
            "containers": [{
                "name": "agent", "image": BUSYBOX_IMAGE, "command": ["sleep", "3600"],
                "volumeMounts": [{"name": "pods", "mountPath": "/host_pods", "mountPropagation": "HostToContainer"}],
            }],
        },
    })
}
