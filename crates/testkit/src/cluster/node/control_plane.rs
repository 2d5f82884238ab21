//! etcd, the API server, and those that act on what it is told.

use std::process::Command;

use anyhow::Result;

use super::namespaces::ADDRESS;
use super::{Node, state};
use crate::cluster::kubeconfig::write_tokens;
use crate::cluster::{NODE_NAME, arguments, programs};
use crate::tools::{ETCD, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBE_PROXY, KUBE_SCHEDULER};

/// The API server's port; the network is the node's own, so that nobody else can have it.
pub(super) const PORT: u16 = 6443;
const ETCD_PORT: u16 = 2379;

/// Starts all of them.
pub(super) fn start(node: &mut Node) -> Result<()> {
    let folder = node.scratch.path();
    let etcd = format!("http://127.0.0.1:{ETCD_PORT}");
    let mut command = Command::new(programs::path(&ETCD)?);
    arguments::etcd(&mut command, &state(folder).join("etcd"), &etcd, "http://127.0.0.1:2380");
    node.daemon("etcd", &command, |node| node.namespaces.listens(ETCD_PORT))?;

    let mut command = Command::new(programs::path(&KUBE_APISERVER)?);
    let (certificates, tokens) = (node.scratch.folder("certificates")?, node.scratch.file("tokens"));
    write_tokens(&tokens)?;
    arguments::api_server(&mut command, &etcd, &certificates, &tokens);
    command.arg("--bind-address=0.0.0.0").arg(format!("--advertise-address={ADDRESS}"));
    command.arg(format!("--secure-port={PORT}"));
    // Else exec and logs look up the node's name, and there is no DNS.
    command.arg("--kubelet-preferred-address-types=InternalIP");
    node.daemon("kube-apiserver", &command, |node| {
        node.namespaces.listens(PORT) && node.kubectl_succeeds(&["get", "--raw=/readyz"])
    })?;
    start_controllers(node)
}

/// What matters of these is what they do, so nobody waits for them here.
fn start_controllers(node: &mut Node) -> Result<()> {
    let kubeconfig = format!("--kubeconfig={}", node.inside().kubeconfig().display());
    let certificates = node.scratch.folder("certificates")?;
    let state = state(node.scratch.path());

    let mut command = KUBE_CONTROLLER_MANAGER.command()?;
    command.args([&kubeconfig, "--leader-elect=false", "--use-service-account-credentials"]);
    let key = certificates.join("apiserver.key");
    command.arg(format!("--service-account-private-key-file={}", key.display()));
    command.arg(format!("--root-ca-file={}", certificates.join("apiserver.crt").display()));
    command.arg(format!("--flex-volume-plugin-dir={}", state.join("volume-plugins").display()));
    node.daemon("kube-controller-manager", &command, |_| true)?;

    let mut command = KUBE_SCHEDULER.command()?;
    command.args([&kubeconfig, "--leader-elect=false"]);
    node.daemon("kube-scheduler", &command, |_| true)?;

    let mut command = KUBE_PROXY.command()?;
    command.args([&kubeconfig, "--proxy-mode=iptables"]).arg(format!("--hostname-override={NODE_NAME}"));
    // Pods share a bridge. Where the kernel does not filter what crosses one, an answer would take the short way, past
    // the rules that give it back its address; so it has to come through the node.
    command.arg("--masquerade-all");
    // The limit of tracked connections is the whole machine's.
    command.arg("--conntrack-max-per-core=0");
    node.daemon("kube-proxy", &command, |_| true)
}
