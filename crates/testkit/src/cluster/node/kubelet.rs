//! The kubelet, and waiting until a Pod could start.

use std::fs;

use anyhow::{Context, Result};

use super::namespaces::ADDRESS;
use super::worker::Worker;
use super::{Node, state};
use crate::tools::KUBELET;

/// Starts the kubelet, and waits until the node is ready and Pods have a service account.
pub(super) fn start(node: &mut Node) -> Result<()> {
    let config = node.scratch.file("kubelet.yaml");
    // There is no DNS, and the machine's own would not answer.
    fs::write(node.scratch.file("resolv.conf"), "nameserver 127.0.0.1\n")
        .context("cannot write resolv.conf")?;
    fs::write(&config, configuration(node)).context("cannot write the kubelet's settings")?;
    let mut command = KUBELET.command()?;
    command.arg(format!("--config={}", config.display()));
    command.arg(format!("--kubeconfig={}", node.scratch.file("kubelet.kubeconfig").display()));
    let Worker { name, pods, .. } = &node.worker;
    command.arg(format!("--root-dir={}", pods.display()));
    command.arg(format!("--cert-dir={}", pods.join("pki").display()));
    command.arg(format!("--hostname-override={name}")).arg(format!("--node-ip={ADDRESS}"));
    let ready = format!("node/{name}");
    node.daemon("kubelet", &command, |node| {
        node.kubectl_succeeds(&["wait", "--for=condition=Ready", &ready, "--timeout=30s"])
            && node.kubectl_succeeds(&["get", "serviceaccount", "default"])
    })
}

fn configuration(node: &Node) -> String {
    let Worker { port, logs, taints, .. } = &node.worker;
    format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: {runtime:?}
cgroupDriver: cgroupfs
cgroupRoot: {group:?}
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
port: {port}
# Nobody asks there.
healthzPort: 0
podLogsDir: {logs:?}
registerWithTaints: [{taints}]
# The network is the node's own: nobody else can ask.
authentication: {{anonymous: {{enabled: true}}, webhook: {{enabled: false}}}}
authorization: {{mode: AlwaysAllow}}
# A full disk or memory of the machine is none of a test's business.
evictionHard: {{memory.available: '0%', nodefs.available: '0%', imagefs.available: '0%'}}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
# Nobody answers there until a test starts a server for names.
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
resolvConf: {resolv:?}
volumePluginDir: {plugins:?}
",
        runtime = format!("unix://{}", node.inside().containerd().display()),
        group = node.group.path(),
        resolv = node.scratch.file("resolv.conf"),
        plugins = state(node.scratch.path()).join("volume-plugins"),
    )
}
