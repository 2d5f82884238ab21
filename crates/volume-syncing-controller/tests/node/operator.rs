//! The operator, installed by helm from its chart.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use podfs_testkit::image::Image;
use podfs_testkit::tools::AUTHORITIES;

use crate::cluster::Cluster;

const PROGRAM: &str = env!("CARGO_BIN_EXE_volume-syncing-controller");
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charts/volume-syncing-controller");
/// What the chart names, in containerd's full spelling.
const IMAGE: &str = "docker.io/library/volume-syncing-controller:0.1.0";
const NAMESPACE: &str = "podfs";

/// Has what the image needs at hand: from the node there is no way out.
pub(crate) fn fetch() {
    AUTHORITIES.path().unwrap();
}

/// Puts the operator into the cluster, if no test did before, and waits until it is ready.
pub(crate) fn install(cluster: &Cluster<'_>) {
    // Each test is a process of its own on the node, whose folder they share.
    let path = cluster.node.kubeconfig().with_file_name("operator-is-installed");
    let mut note = File::options().create(true).append(true).read(true).open(path).unwrap();
    note.lock().unwrap();
    let mut text = String::new();
    note.read_to_string(&mut text).unwrap();
    if text.is_empty() {
        install_now(cluster);
        note.write_all(b"yes").unwrap();
    }
}

fn install_now(cluster: &Cluster<'_>) {
    let archive = tempfile::tempdir().unwrap();
    let path = archive.path().join("operator.tar");
    image().write(&path).unwrap();
    cluster.node.import(&path).unwrap();
    let mut helm = cluster.node.helm().unwrap();
    helm.args(["upgrade", "--install", "volume-syncing-controller", CHART]);
    helm.args(["--create-namespace", "--namespace", NAMESPACE]);
    let output = helm.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    wait_rolled_out(cluster);
}

fn wait_rolled_out(cluster: &Cluster<'_>) {
    let deployment = "deployment/volume-syncing-controller";
    let words = ["rollout", "status", "--namespace", NAMESPACE, deployment, "--timeout=120s"];
    if cluster.try_kubectl(&words).status.success() {
        return;
    }
    panic!("it is not ready:\n{}", trouble(cluster));
}

/// What is known of an operator that does not do what it should.
pub(crate) fn trouble(cluster: &Cluster<'_>) -> String {
    let about = |words: &[&str]| String::from_utf8_lossy(&cluster.try_kubectl(words).stdout).into_owned();
    let pods = about(&["describe", "pods", "--namespace", NAMESPACE]);
    let selector = "--selector=app.kubernetes.io/name=volume-syncing-controller";
    let log = about(&["logs", "--namespace", NAMESPACE, selector, "--prefix", "--tail=200"]);
    format!("{pods}\n{log}")
}

/// The program with the libraries that it needs, and no shell.
fn image() -> Image {
    let image = Image::new(IMAGE, &["/usr/bin/volume-syncing-controller"]).user("65532:65532");
    let image = image.folder("usr", 0o755).unwrap().folder("usr/bin", 0o755).unwrap();
    image
        .authorities()
        .unwrap()
        .program_with_libraries("usr/bin/volume-syncing-controller", Path::new(PROGRAM))
        .unwrap()
}
