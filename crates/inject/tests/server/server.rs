//! The cluster of these tests, with the definition that the chart installs.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use podfs_testkit::cluster::{Cluster, output_with_input};
use serde_json::{Value, json};

const DEFINITION: &str = "charts/volume-syncing-controller/files/podfilesystemsyncs.riotkit.org.yaml";
/// Discovery lags behind a new definition by about a second, and the schema that `explain` reads behind discovery.
const PATIENCE: Duration = Duration::from_secs(60);
/// The namespace that enforces the Pod Security level `restricted`.
pub(crate) const STRICT: &str = "podfs-test-strict";

pub(crate) struct Server(&'static Cluster);

impl Server {
    /// One for all tests. What they send is only tried, or taken away again.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let server = Self(Cluster::shared().unwrap());
        let definition = file(DEFINITION);
        succeeded(&server.kubectl(&["apply", "-f", definition.to_str().unwrap()]));
        server.until_answered(&["get", "pfss", "--all-namespaces"]);
        server.until_answered(&["explain", "pfss.spec.localPath", "--recursive"]);
        // That of an example too.
        for (name, level) in [("docs", "privileged"), (STRICT, "restricted")] {
            let labels = json!({"pod-security.kubernetes.io/enforce": level});
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
            succeeded(&server.kubectl_with(&["apply", "-f", "-"], &namespace.to_string()));
            if server.0.is_brought() {
                // Where there are controllers, no Pod is let in before one of them has made what it runs as.
                server.until_answered(&["get", "serviceaccount", "default", "--namespace", name]);
            }
        }
        server
    }

    fn until_answered(&self, asked: &[&str]) {
        let start = Instant::now();
        while !self.kubectl(asked).status.success() {
            assert!(start.elapsed() < PATIENCE, "not answered in time: {asked:?}");
        }
    }

    /// What kubectl says.
    pub(crate) fn kubectl(&self, args: &[&str]) -> Output {
        self.0.kubectl().unwrap().args(args).output().unwrap()
    }

    /// What kubectl prints, which must do what it is asked.
    pub(crate) fn told(&self, args: &[&str]) -> String {
        let output = self.kubectl(args);
        succeeded(&output);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes an object, which is not only tried.
    pub(crate) fn create(&self, object: &Value) {
        succeeded(&self.kubectl_with(&["create", "-f", "-"], &object.to_string()));
    }

    fn kubectl_with(&self, args: &[&str], input: &str) -> Output {
        output_with_input(self.0.kubectl().unwrap().args(args), input).unwrap()
    }

    /// The first object as the server would keep it, or why it would not keep one of them. Unknown fields are errors.
    pub(crate) fn try_create(&self, manifest: &str) -> Result<Value, String> {
        let args = ["create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-"];
        let output = self.kubectl_with(&args, manifest);
        if !output.status.success() {
            return Err(String::from_utf8(output.stderr).unwrap());
        }
        // One document for each object, which no comma parts.
        Ok(serde_json::Deserializer::from_slice(&output.stdout).into_iter().next().unwrap().unwrap())
    }
}

/// A file of the repository.
pub(crate) fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// An object that the server takes, with `spec` over it; `null` takes a field away.
pub(crate) fn object(spec: &Value) -> String {
    let mut whole = json!({
        "podSelector": {"matchLabels": {"app": "app"}},
        "localPath": "/data",
        "remotePath": "/bucket/app",
    });
    for (name, value) in spec.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let metadata = json!({"name": "app", "namespace": "default"});
    json!({
        "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync", "metadata": metadata, "spec": whole,
    })
    .to_string()
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
