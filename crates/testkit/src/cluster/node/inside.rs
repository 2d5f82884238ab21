//! The node, for a process that runs on it: where to find it, its logs, and how to give it images.

use std::env;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::namespaces::ADDRESS;
use super::state;
use crate::cluster::ask::printed;
use crate::cluster::{output_of, output_with_input, programs};
use crate::tools::CTR;

/// Tells a process that it runs on a node, and where the node's folder is.
const VARIABLE: &str = "PODFS_TEST_NODE";

/// A node, seen from within.
#[derive(Debug, Clone)]
pub struct Inside {
    folder: PathBuf,
}

impl Inside {
    /// The node that this process runs on, if it does.
    pub fn here() -> Option<Self> {
        env::var_os(VARIABLE).filter(|folder| !folder.is_empty()).map(|folder| Self { folder: folder.into() })
    }

    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// Tells a command that it will run on the node.
    pub(super) fn announce(&self, command: &mut Command) -> Result<()> {
        command.env(VARIABLE, &self.folder);
        command.env("CONTAINERD_ADDRESS", self.containerd()).env("CONTAINERD_NAMESPACE", "k8s.io");
        programs::introduce(command, &self.kubeconfig())
    }

    /// Where the node's settings and logs are; what is put there goes with the node.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file that tells a client where the cluster is; of use only on the node.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// The node's address, where Pods reach what runs on the node beside them.
    pub fn address(&self) -> IpAddr {
        ADDRESS.into()
    }

    /// kubectl for the node's cluster.
    pub fn kubectl(&self) -> Result<Command> {
        programs::kubectl(&self.kubeconfig())
    }

    /// What kubectl prints; an error with what it complains of when it fails.
    pub fn ask(&self, words: &[&str]) -> Result<String> {
        output_of(self.kubectl()?.args(words))
    }

    /// Gives the cluster the objects of a manifest.
    pub fn apply(&self, manifest: &str) -> Result<()> {
        let mut kubectl = self.kubectl()?;
        let output = output_with_input(kubectl.args(["apply", "-f", "-"]), manifest)?;
        printed(&kubectl, output).map(drop).with_context(|| format!("the cluster did not take:\n{manifest}"))
    }

    /// Helm for the node's cluster.
    pub fn helm(&self) -> Result<Command> {
        programs::helm(&self.kubeconfig())
    }

    /// What a program of the node has printed so far, for example `kubelet` or `kube-apiserver`.
    pub fn log(&self, program: &str) -> Result<String> {
        let path = self.folder.join(format!("{program}.log"));
        let log = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// Gives the node the images of an archive; see [`crate::image`].
    pub fn import(&self, archive: &Path) -> Result<()> {
        take(self.import_command(archive)?, archive)
    }

    pub(super) fn import_command(&self, archive: &Path) -> Result<Command> {
        let mut command = CTR.command()?;
        command.arg("--address").arg(self.containerd());
        command.args(["--namespace=k8s.io", "images", "import"]).arg(archive).stdin(Stdio::null());
        Ok(command)
    }

    /// The socket of containerd.
    pub(super) fn containerd(&self) -> PathBuf {
        state(&self.folder).join("containerd.sock")
    }
}

/// Runs the command that gives containerd an archive.
pub(super) fn take(mut import: Command, archive: &Path) -> Result<()> {
    let output = import.output().context("cannot run ctr")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("containerd did not take {}: {}", archive.display(), said.trim_end());
    }
    Ok(())
}
