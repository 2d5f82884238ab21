//! The manifests under `examples/`, as they are. Replaced is only what they leave to their reader: where the storage is, and
//! what the application does.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use podfs_testkit::cluster::node::BUSYBOX_IMAGE;
use podfs_testkit::servers::{RcloneServer, S3Server, obscure};
use serde_json::{Value, json};

use crate::cluster::{Cluster, on_the_node};
use crate::objects::until_asked_to_end;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/volume-syncing-controller");
/// The bucket that all of them name.
const BUCKET: &str = "/some-bucket";

/// An example, in a namespace of its own.
struct Example<'cluster> {
    cluster: &'cluster Cluster<'cluster>,
    namespace: String,
    object: Value,
    pod: Value,
}

impl<'cluster> Example<'cluster> {
    fn read(cluster: &'cluster Cluster<'cluster>, name: &str) -> Self {
        let text = fs::read_to_string(Path::new(FOLDER).join(format!("{name}.yaml"))).unwrap();
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        let [mut object, mut pod] = documents.try_into().unwrap();
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or(name).to_owned();
        for part in [&mut object, &mut pod] {
            part["metadata"]["namespace"] = json!(namespace);
        }
        let program = json!(["sh", "-c", until_asked_to_end(object["spec"]["localPath"].as_str().unwrap())]);
        for (list, command) in [("containers", program), ("initContainers", json!(["true"]))] {
            for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
                container["image"] = json!(BUSYBOX_IMAGE);
                container["command"] = command.clone();
                container.as_object_mut().unwrap().remove("args");
            }
        }
        cluster.namespace(&namespace, "baseline");
        Self { cluster, namespace, object, pod }
    }

    /// Sets a variable that stands in the object.
    fn set(&mut self, name: &str, value: &str) {
        self.object["spec"]["env"][name] = json!(value);
    }

    /// Makes the Secret that it names.
    fn secret(&self, name: &str, data: &Value) {
        let metadata = json!({"namespace": self.namespace, "name": name});
        self.cluster
            .apply(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}));
    }

    /// Makes the volume that it claims, in a folder of the node.
    fn volume(&self, claim: &str) {
        self.make_folder();
        let (size, modes) = (json!({"storage": "1Gi"}), json!(["ReadWriteOnce"]));
        self.cluster.apply(&json!({
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": self.namespace},
            "spec": {
                "capacity": size, "accessModes": modes, "storageClassName": "",
                "hostPath": {"path": self.folder()},
                "claimRef": {"namespace": self.namespace, "name": claim},
            },
        }));
        self.cluster.apply(&json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"namespace": self.namespace, "name": claim},
            "spec": {"resources": {"requests": size}, "accessModes": modes, "storageClassName": ""},
        }));
    }

    /// Makes the volume's folder anew, for everybody: the kubelet gives no group to a folder of the node.
    fn make_folder(&self) {
        let folder = self.folder();
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from(format!("/var/lib/volume-of-{}", self.namespace))
    }

    fn name(&self) -> &str {
        self.pod["metadata"]["name"].as_str().unwrap()
    }

    fn start(&self) {
        self.cluster.apply(&self.object);
        self.cluster.apply(&self.pod);
        self.cluster.wait_ready(&self.namespace, self.name());
    }

    /// Runs a script in the application.
    fn run(&self, script: &str) -> String {
        self.cluster.kubectl(&["exec", "--namespace", &self.namespace, self.name(), "--", "sh", "-c", script])
    }

    fn end(&self) {
        self.cluster.delete_pod(&self.namespace, self.name());
    }
}

/// A server with the bucket.
fn storage(cluster: &Cluster<'_>) -> S3Server {
    let server = S3Server::start_at(cluster.node.address()).unwrap();
    assert_eq!(server.request("PUT", BUCKET, b"").unwrap().status, 200);
    server
}

/// The keys to it, as the examples' Secrets have them.
fn keys(server: &S3Server) -> Value {
    json!({"REMOTE_ACCESS_KEY_ID": server.access_key(), "REMOTE_SECRET_ACCESS_KEY": server.secret_key()})
}

/// What is stored at a path below the bucket.
fn stored(server: &S3Server, path: &str) -> Option<String> {
    let answer = server.request("GET", &format!("{BUCKET}/{path}"), b"").unwrap();
    (answer.status == 200).then(|| answer.text())
}

#[test]
fn the_example_with_a_bucket_runs() {
    on_the_node("examples::the_example_with_a_bucket_runs", |cluster| {
        let (server, mut example) = (storage(cluster), Example::read(cluster, "s3"));
        example.set("REMOTE_ENDPOINT", &server.endpoint());
        example.secret("websites-s3", &keys(&server));
        example.start();
        example.end();
        assert_eq!(stored(&server, "websites/blue/last").as_deref(), Some("at the end\n"));
        example.start();
        assert_eq!(example.run("cat /var/www/data/last"), "at the end\n");
    });
}

#[test]
fn the_example_with_encryption_runs() {
    on_the_node("examples::the_example_with_encryption_runs", |cluster| {
        let (server, mut example) = (storage(cluster), Example::read(cluster, "encrypted"));
        example.set("REMOTE_ENDPOINT", &server.endpoint());
        example.secret("diary-s3", &keys(&server));
        example.volume("diary");
        example.start();
        example.end();
        assert_eq!(stored(&server, "diary/last"), None);
        example.make_folder();
        example.start();
        assert_eq!(example.run("cat /data/last; stat -c %u:%g /data/last"), "at the end\n1001:1001\n");
    });
}

#[test]
fn the_example_with_file_events_runs() {
    on_the_node("examples::the_example_with_file_events_runs", |cluster| {
        let (folder, mut example) = (tempfile::tempdir().unwrap(), Example::read(cluster, "fsnotify"));
        let server = RcloneServer::webdav_at(cluster.node.address(), folder.path()).unwrap();
        example.set("REMOTE_URL", &format!("http://{}", server.addr()));
        let password = obscure(server.password()).unwrap();
        example.secret("wiki-webdav", &json!({"REMOTE_USER": server.user(), "REMOTE_PASS": password}));
        let metadata = json!({"namespace": example.namespace, "name": "wiki-settings"});
        cluster.apply(
            &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}}),
        );
        example.volume("wiki");
        example.start();
        example.run("echo of the app > /srv/wiki/pages/page");
        example.end();
        let stored = |name: &str| {
            fs::read_to_string(folder.path().join("some-bucket/docs/public").join(name)).unwrap()
        };
        assert_eq!(stored("page") + &stored("last"), "of the app\nat the end\n");
    });
}

#[test]
fn the_example_that_only_restores_runs() {
    on_the_node("examples::the_example_that_only_restores_runs", |cluster| {
        let (server, mut example) = (storage(cluster), Example::read(cluster, "restore-only"));
        let measured = format!("{BUCKET}/measurements/a.csv");
        assert_eq!(server.request("PUT", &measured, b"1;2\n").unwrap().status, 200);
        // Instead of Amazon's own address, and of what its machines know of themselves.
        example.set("REMOTE_ENDPOINT", &server.endpoint());
        example.set("REMOTE_FORCE_PATH_STYLE", "true");
        example.set("AWS_ACCESS_KEY_ID", server.access_key());
        example.set("AWS_SECRET_ACCESS_KEY", server.secret_key());
        example.start();
        assert_eq!(example.run("cat /input/a.csv; echo mine > /input/a.csv"), "1;2\n");
        example.end();
        assert_eq!(stored(&server, "measurements/a.csv").as_deref(), Some("1;2\n"));
        assert_eq!(stored(&server, "measurements/last"), None);
    });
}
