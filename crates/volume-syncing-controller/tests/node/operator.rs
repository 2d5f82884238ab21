//! The operator, installed by helm from its chart.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use kube::{Client, Config};
use podfs_testkit::cluster::node::Inside;
use podfs_testkit::image::Image;
use podfs_testkit::tools::{AUTHORITIES, RCLONE};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::cluster::{Cluster, until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_volume-syncing-controller");
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charts/volume-syncing-controller");
/// What the chart names, in containerd's full spelling.
const IMAGE: &str = "docker.io/library/volume-syncing-controller:0.1.0";
pub(crate) const NAMESPACE: &str = "podfs";
const NAME: &str = "volume-syncing-controller";
const DEPLOYMENT: &str = "deployment/volume-syncing-controller";
const SELECTOR: &str = "--selector=app.kubernetes.io/name=volume-syncing-controller";

/// Has what the image needs at hand: from the node there is no way out.
pub(crate) fn fetch() {
    for tool in [&AUTHORITIES, &RCLONE] {
        tool.path().unwrap();
    }
}

/// Puts the operator into the cluster, if no test did before, and waits until it is ready.
pub(crate) fn install(cluster: &Cluster<'_>) {
    let mut note = locked(cluster, "operator-is-installed");
    let mut text = String::new();
    note.read_to_string(&mut text).unwrap();
    if text.is_empty() {
        install_now(cluster);
        note.write_all(b"yes").unwrap();
    }
}

/// Until it is dropped, nobody else replaces replicas.
pub(crate) fn replicas_alone(cluster: &Cluster<'_>) -> File {
    locked(cluster, "replicas-are-replaced")
}

/// Each test is a process of its own on the node, whose folder they share.
fn locked(cluster: &Cluster<'_>, name: &str) -> File {
    let path = cluster.node.kubeconfig().with_file_name(name);
    let file = File::options().create(true).append(true).read(true).open(path).unwrap();
    file.lock().unwrap();
    file
}

fn install_now(cluster: &Cluster<'_>) {
    import(cluster.node);
    let mut helm = cluster.node.helm().unwrap();
    helm.args(["upgrade", "--install", "volume-syncing-controller", CHART]);
    helm.args(["--create-namespace", "--namespace", NAMESPACE]);
    // The machine may be busy with other things.
    helm.arg("--set=webhook.timeoutSeconds=30");
    let output = helm.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    wait_rolled_out(cluster);
}

/// Gives a node the operator's image.
pub(crate) fn import(node: &Inside) {
    let archive = tempfile::tempdir().unwrap();
    let path = archive.path().join("operator.tar");
    image().write(&path).unwrap();
    node.import(&path).unwrap();
}

fn wait_rolled_out(cluster: &Cluster<'_>) {
    let words = ["rollout", "status", "--namespace", NAMESPACE, DEPLOYMENT, "--timeout=180s"];
    if cluster.try_kubectl(&words).status.success() {
        return;
    }
    panic!("it is not ready:\n{}", trouble(cluster));
}

/// Replaces every replica, one after the other, and waits until the old ones are gone.
pub(crate) fn restart(cluster: &Cluster<'_>) {
    let before = pods(cluster);
    cluster.kubectl(&["rollout", "restart", "--namespace", NAMESPACE, DEPLOYMENT]);
    wait_rolled_out(cluster);
    until("the old replicas are gone", || {
        pods(cluster).iter().all(|(name, _)| before.iter().all(|(old, _)| old != name))
    });
}

/// Name and address of each replica.
pub(crate) fn pods(cluster: &Cluster<'_>) -> Vec<(String, String)> {
    let fields = "--output=jsonpath={range .items[*]}{.metadata.name} {.status.podIP}{\"\\n\"}{end}";
    let said = cluster.kubectl(&["get", "pods", "--namespace", NAMESPACE, SELECTOR, fields]);
    let pairs = said.lines().filter_map(|line| line.split_once(' '));
    pairs.map(|(name, address)| (name.to_owned(), address.to_owned())).collect()
}

/// Whether a replica says that it is ready.
pub(crate) fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let mut answer = String::new();
    let asked =
        stream.write_all(b"GET /ready HTTP/1.0\r\n\r\n").and_then(|()| stream.read_to_string(&mut answer));
    asked.is_ok() && answer.contains(" 200 ")
}

/// A client that asks the webhook as the API server does: by its Service, and trusting its own authority.
pub(crate) async fn client(cluster: &Cluster<'_>) -> Client {
    let about = |words: &[&str]| cluster.kubectl(&[&["get", "--namespace", NAMESPACE], words].concat());
    let address = about(&["service", NAME, "--output=jsonpath={.spec.clusterIP}"]);
    let secret = format!("{NAME}-certificate");
    let authority =
        about(&["secret", &secret, "--output=go-template={{index .data \"ca.crt\" | base64decode}}"]);
    let mut config = Config::new(format!("https://{address}:4443").parse().unwrap());
    let certificates = CertificateDer::pem_slice_iter(authority.as_bytes());
    config.root_cert = Some(certificates.map(|certificate| certificate.unwrap().to_vec()).collect());
    config.tls_server_name = Some(format!("{NAME}.{NAMESPACE}.svc"));
    Client::try_from(config).unwrap()
}

/// What is known of an operator that does not do what it should.
pub(crate) fn trouble(cluster: &Cluster<'_>) -> String {
    let about = |words: &[&str]| String::from_utf8_lossy(&cluster.try_kubectl(words).stdout).into_owned();
    let pods = about(&["describe", "pods", "--namespace", NAMESPACE]);
    let log = about(&["logs", "--namespace", NAMESPACE, SELECTOR, "--prefix", "--tail=200"]);
    format!("{pods}\n{log}")
}

/// The program with the libraries that it needs, rclone, and no shell.
fn image() -> Image {
    let image = Image::new(IMAGE, &["/usr/bin/volume-syncing-controller"]).user("65532:65532");
    let image = image.folder("usr", 0o755).unwrap().folder("usr/bin", 0o755).unwrap();
    image
        .authorities()
        .unwrap()
        .program("usr/bin/rclone", &RCLONE.path().unwrap())
        .unwrap()
        .program_with_libraries("usr/bin/volume-syncing-controller", Path::new(PROGRAM))
        .unwrap()
}
