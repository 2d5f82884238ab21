//! An API server with etcd behind it, and nothing else: no node, no controllers.
//!
//! So Pods do not start, namespaces and Pods that were given to a node are never really gone (delete such Pods with
//! a grace period of 0), and nobody makes a `default` service account; Pods need none here.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::kubeconfig::{ADMIN_TOKEN, Kubeconfig, write_tokens};
use super::{arguments, programs};
use crate::http;
use crate::servers::process::{Start, retry_on_taken_port};
use crate::servers::scratch::Scratch;
use crate::servers::{Port, ServerProcess};
use crate::tools::{ETCD, KUBE_APISERVER};

/// A running API server; gone when dropped.
#[derive(Debug)]
pub struct ApiServer {
    // Dropped in this order: nobody writes to what is gone already.
    process: ServerProcess,
    etcd: Etcd,
    port: Port,
    kubeconfig: PathBuf,
    scratch: Scratch,
}

impl ApiServer {
    /// Starts a server of the test's own, which takes some seconds.
    pub fn start() -> Result<Self> {
        retry_on_taken_port(Self::try_start)
    }

    fn try_start() -> Result<Option<Self>> {
        let scratch = Scratch::new()?;
        let Some(etcd) = Etcd::try_start(&scratch)? else { return Ok(None) };
        let port = Port::lease()?;
        let kubeconfig = scratch.file("kubeconfig");
        // The server writes its certificate, with the authority's behind it, while it starts.
        let authority = scratch.folder("certificates")?.join("apiserver.crt");
        let server = format!("https://{}", port.addr());
        Kubeconfig { server: &server, authority: &authority, token: ADMIN_TOKEN }.write(&kubeconfig)?;
        write_tokens(&scratch.file("tokens"))?;
        Ok(match launch(&scratch, &etcd, &port, &kubeconfig)? {
            Start::Ready(process) => Some(Self { process, etcd, port, kubeconfig, scratch }),
            Start::PortTaken => None,
        })
    }

    /// Kills the server, as a crash would; what it knows stays in etcd.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Starts it again, after [`Self::kill`], at the same address and with the same keys.
    pub fn restart(&mut self) -> Result<()> {
        match launch(&self.scratch, &self.etcd, &self.port, &self.kubeconfig)? {
            Start::Ready(process) => self.process = process,
            Start::PortTaken => bail!("another program took the API server's port {}", self.port.number()),
        }
        Ok(())
    }

    /// The file that tells a client where the server is.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// kubectl for this server.
    pub fn kubectl(&self) -> Result<Command> {
        programs::kubectl(&self.kubeconfig)
    }

    /// Makes this the cluster that a command works with: `KUBECONFIG`, and a `PATH` with kubectl and Helm.
    pub fn introduce(&self, command: &mut Command) -> Result<()> {
        programs::introduce(command, &self.kubeconfig)
    }

    /// The server's URL.
    pub fn url(&self) -> String {
        format!("https://{}", self.port.addr())
    }

    /// The server's process, for its log.
    pub fn process(&self) -> &ServerProcess {
        &self.process
    }

    /// Its etcd's process.
    pub fn etcd(&self) -> &ServerProcess {
        &self.etcd.process
    }
}

fn launch(scratch: &Scratch, etcd: &Etcd, port: &Port, kubeconfig: &Path) -> Result<Start> {
    let certificates = scratch.folder("certificates")?;
    let mut command = Command::new(programs::path(&KUBE_APISERVER)?);
    arguments::api_server(&mut command, &url(&etcd.client), &certificates, &scratch.file("tokens"));
    command.args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"]);
    command.arg(format!("--secure-port={}", port.number()));
    // It would publish its address as an endpoint, where a loopback address is refused.
    command.arg("--endpoint-reconciler-type=none");
    // It would wait for service accounts that only a controller makes.
    command.arg("--disable-admission-plugins=ServiceAccount");
    ServerProcess::start("kube-apiserver", command, scratch, || answers(port, kubeconfig))
}

fn answers(port: &Port, kubeconfig: &Path) -> bool {
    // kubectl costs more than a look at the port.
    TcpStream::connect(port.addr()).is_ok()
        && succeeds(kubeconfig, &["get", "--raw=/readyz"])
        && succeeds(kubeconfig, &["get", "namespace", "default"])
}

/// Whether kubectl does what it is asked.
fn succeeds(kubeconfig: &Path, args: &[&str]) -> bool {
    let Ok(mut command) = programs::kubectl(kubeconfig) else { return false };
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What an API server keeps its objects in.
#[derive(Debug)]
struct Etcd {
    process: ServerProcess,
    client: Port,
    _peer: Port,
}

impl Etcd {
    fn try_start(scratch: &Scratch) -> Result<Option<Self>> {
        let (client, peer) = (Port::lease()?, Port::lease()?);
        let mut command = Command::new(programs::path(&ETCD)?);
        arguments::etcd(&mut command, &scratch.file("etcd"), &url(&client), &url(&peer));
        let host = [("Host".to_owned(), client.addr().to_string())];
        let healthy = || {
            http::send(client.addr(), "GET", "/health", &host, b"").is_ok_and(|answer| answer.status == 200)
        };
        Ok(match ServerProcess::start("etcd", command, scratch, healthy)? {
            Start::Ready(process) => Some(Self { process, client, _peer: peer }),
            Start::PortTaken => None,
        })
    }
}

fn url(port: &Port) -> String {
    format!("http://{}", port.addr())
}
