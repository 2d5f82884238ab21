//! A server for the names of Services, where the kubelet has told every Pod to ask.

use std::fs;

use anyhow::{Context, Result, bail};

use super::Inside;
use super::namespaces::ADDRESS;
use crate::servers::ServerProcess;
use crate::servers::process::Start;
use crate::servers::scratch::Scratch;
use crate::tools::COREDNS;

/// The service by which Pods find it; its address is in the kubelet's settings.
const SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: 10.96.0.10
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints: [{addresses: [ADDRESS]}]
ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
";
/// Where it says whether it knows the cluster's Services yet.
const READY: &str = "127.0.0.1:8181";

/// CoreDNS beside the node's other programs; gone when dropped.
#[derive(Debug)]
pub struct NameServer {
    // Dropped first: the process must be gone before its folder is.
    process: ServerProcess,
    _scratch: Scratch,
}

impl NameServer {
    /// Starts it, from a process that runs on the node.
    pub fn start(node: &Inside) -> Result<Self> {
        node.apply(&SERVICE.replace("ADDRESS", &ADDRESS.to_string()))?;
        let scratch = Scratch::new()?;
        let settings = scratch.file("Corefile");
        fs::write(&settings, corefile(node)).context("cannot write the settings of CoreDNS")?;
        let mut command = COREDNS.command()?;
        command.arg("-conf").arg(settings);
        match ServerProcess::start("coredns", command, &scratch, is_ready)? {
            Start::Ready(process) => Ok(Self { process, _scratch: scratch }),
            Start::PortTaken => bail!("CoreDNS found a port taken, on a network that nobody else is on"),
        }
    }

    /// What it has said.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

fn corefile(node: &Inside) -> String {
    let kubeconfig = node.kubeconfig();
    format!(
        ".:53 {{\n bind {ADDRESS}\n errors\n ready {READY}\n \
         kubernetes cluster.local {{\n  kubeconfig {}\n }}\n}}\n",
        kubeconfig.display()
    )
}

fn is_ready() -> bool {
    let Ok(address) = READY.parse() else { return false };
    // Go's servers refuse a request that names no host.
    let host = [("Host".to_owned(), READY.to_owned())];
    crate::http::send(address, "GET", "/ready", &host, b"").is_ok_and(|answer| answer.status == 200)
}
