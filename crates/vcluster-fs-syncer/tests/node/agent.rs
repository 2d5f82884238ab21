//! The agent, installed on the node by helm from its chart.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use podfs_testkit::image::Image;

use crate::cluster::{Cluster, until};
use crate::http;

const PROGRAM: &str = env!("CARGO_BIN_EXE_vcluster-fs-syncer");
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charts/vcluster-fs-syncer");
/// What the chart names, in containerd's full spelling.
const IMAGE: &str = "docker.io/library/vcluster-fs-syncer:0.1.0";

/// Puts the agent on the node, if no test did before, and waits until it is ready.
pub(crate) fn install(cluster: &Cluster<'_>) {
    let archive = tempfile::tempdir().unwrap();
    let path = archive.path().join("agent.tar");
    image().write(&path).unwrap();
    cluster.node.import(&path).unwrap();
    release(cluster, &[]);
}

/// Upgrades to these settings, and waits until the agent is ready.
pub(crate) fn release(cluster: &Cluster<'_>, settings: &[&str]) {
    upgrade(cluster, settings);
    wait_rolled_out(cluster);
}

/// Installs the chart with these settings, or upgrades to them, as people do.
pub(crate) fn upgrade(cluster: &Cluster<'_>, settings: &[&str]) {
    let mut helm = cluster.node.helm().unwrap();
    helm.args(["upgrade", "--install", "vcluster-fs-syncer", CHART, "--namespace=kube-system"]);
    helm.args(settings.iter().map(|setting| format!("--set={setting}")));
    let output = helm.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) fn wait_rolled_out(cluster: &Cluster<'_>) {
    let words = ["rollout", "status", "--namespace=kube-system", "ds/vcluster-fs-syncer", "--timeout=60s"];
    if cluster.try_kubectl(&words).status.success() {
        return;
    }
    let pods = cluster.try_kubectl(&["describe", "pods", "--namespace=kube-system"]).stdout;
    let log = cluster.try_kubectl(&["logs", "--namespace=kube-system", "ds/vcluster-fs-syncer"]).stdout;
    panic!("it is not ready:\n{}\n{}", String::from_utf8_lossy(&pods), String::from_utf8_lossy(&log));
}

/// The agent's own Pod.
pub(crate) fn pod(cluster: &Cluster<'_>) -> String {
    let words =
        ["get", "pods", "--namespace=kube-system", "--selector=app.kubernetes.io/name=vcluster-fs-syncer"];
    let names = cluster.kubectl(&[&words[..], &["--output=jsonpath={.items[*].metadata.name}"]].concat());
    assert_eq!(names.split_whitespace().count(), 1, "{names}");
    names
}

/// What `list` says, run where people run it.
pub(crate) fn list(cluster: &Cluster<'_>) -> String {
    let program = ["/usr/bin/vcluster-fs-syncer", "list"];
    cluster.exec("kube-system", &pod(cluster), &program).unwrap_or_default()
}

/// The value of a metric.
pub(crate) fn metric(cluster: &Cluster<'_>, name: &str) -> f64 {
    let words = ["get", "pod", "--namespace=kube-system", &pod(cluster), "--output=jsonpath={.status.podIP}"];
    let address: SocketAddr = format!("{}:8000", cluster.kubectl(&words)).parse().unwrap();
    let text = http::get(address, "/metrics").1;
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("vcluster_fs_syncer_{name} ")));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

/// Kills the agent's process, as a crash would, and waits until another one is there.
pub(crate) fn crash(cluster: &Cluster<'_>) {
    let before = processes();
    assert_eq!(before.len(), 1, "{before:?}");
    for process in &before {
        rustix::process::kill_process(*process, rustix::process::Signal::KILL).unwrap();
    }
    until("there is another one", || {
        let now = processes();
        now.len() == 1 && now != before
    });
    until("it is ready", || {
        let words = ["get", "pod", "--namespace=kube-system", &pod(cluster)];
        cluster.kubectl(&[&words[..], &["--output=jsonpath={.status.containerStatuses[0].ready}"]].concat())
            == "true"
    });
}

fn processes() -> Vec<rustix::process::Pid> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let agents = entries.filter(|entry| {
        fs::read(entry.path().join("cmdline"))
            .is_ok_and(|line| line.starts_with(b"/usr/bin/vcluster-fs-syncer\0"))
    });
    let numbers = agents.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(rustix::process::Pid::from_raw).collect()
}

/// The program with the libraries that it needs, and no shell.
fn image() -> Image {
    let image = Image::new(IMAGE, &["/usr/bin/vcluster-fs-syncer"]);
    let image = image.folder("usr", 0o755).unwrap().folder("usr/bin", 0o755).unwrap();
    image.program_with_libraries("usr/bin/vcluster-fs-syncer", Path::new(PROGRAM)).unwrap()
}
