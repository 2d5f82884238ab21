//! The node, as these tests use it.

use std::process::Output;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use podfs_testkit::cluster::node::{Inside, on_node};
use serde_json::{Value, json};

/// Longer than a Pod takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until something is so.
pub(crate) fn until(what: &str, holds: impl FnMut() -> bool) {
    podfs_testkit::until(what, PATIENCE, holds).unwrap();
}

/// Runs a test on the node, with the operator in its cluster. Each has a namespace of its own, so they run side by side.
pub(crate) fn on_the_node(name: &str, test: impl FnOnce(&Cluster<'_>)) {
    crate::operator::fetch();
    on_node(name, |node| {
        let cluster = Cluster { node };
        crate::operator::install(&cluster);
        test(&cluster);
    })
    .unwrap();
}

/// For who replaces the replicas, and for who needs the leader to see everything: what happens while none leads, none has seen.
pub(crate) fn replicas() -> MutexGuard<'static, ()> {
    static REPLICAS: Mutex<()> = Mutex::new(());
    REPLICAS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A cluster of one node, which a second may join.
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

    /// Makes a namespace that enforces this level of Pod Security.
    pub(crate) fn namespace(&self, name: &str, level: &str) {
        let labels = json!({"pod-security.kubernetes.io/enforce": level});
        self.apply(
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}),
        );
        until("there is a service account", || {
            self.try_kubectl(&["get", "serviceaccount", "default", "--namespace", name]).status.success()
        });
    }

    /// Runs a script in the Pod's application, which must go well.
    pub(crate) fn run(&self, namespace: &str, pod: &str, script: &str) -> String {
        self.kubectl(&["exec", "--namespace", namespace, pod, "--container=app", "--", "sh", "-c", script])
    }

    pub(crate) fn wait_ready(&self, namespace: &str, pod: &str) {
        let name = format!("pod/{pod}");
        let words = ["wait", "--namespace", namespace, "--for=condition=Ready", &name, "--timeout=180s"];
        if self.try_kubectl(&words).status.success() {
            return;
        }
        panic!("{pod} is not ready:\n{}", self.told(namespace));
    }

    /// What is known of a namespace's Pods with the label.
    pub(crate) fn told(&self, namespace: &str) -> String {
        let about = |words: &[&str]| String::from_utf8_lossy(&self.try_kubectl(words).stdout).into_owned();
        let label = "--selector=riotkit.org/volume-syncing-controller=true";
        let described = about(&["describe", "pods", "--namespace", namespace, label]);
        let logs =
            about(&["logs", "--namespace", namespace, label, "--all-containers", "--prefix", "--tail=-1"]);
        format!("{described}\n{logs}")
    }

    /// A part of a Pod, as `kubectl get` finds it.
    pub(crate) fn get(&self, namespace: &str, pod: &str, path: &str) -> String {
        self.kubectl(&["get", "pod", "--namespace", namespace, pod, &format!("--output=jsonpath={path}")])
    }

    /// As people do it, and until it is gone.
    pub(crate) fn delete_pod(&self, namespace: &str, pod: &str) {
        self.kubectl(&["delete", "pod", "--namespace", namespace, pod, "--timeout=240s"]);
    }
}
