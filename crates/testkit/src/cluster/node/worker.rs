//! What sets the kubelet and containerd of one node apart from those of another in the same namespaces.

use std::path::{Path, PathBuf};

use super::state;
use crate::cluster::{NODE_NAME, OTHER_NODE_NAME};

/// The part of a node that runs Pods.
#[derive(Debug)]
pub(super) struct Worker {
    /// The folder of the node that the control plane runs on.
    pub(super) cluster: PathBuf,
    /// The node's name.
    pub(super) name: &'static str,
    /// The port at which the API server finds the kubelet.
    pub(super) port: u16,
    /// Where the kubelet keeps Pods and what it knows of them.
    pub(super) pods: PathBuf,
    /// Where it keeps their logs. It removes those of Pods that it does not know.
    pub(super) logs: PathBuf,
    /// What keeps the scheduler from giving it Pods, from the moment when the cluster knows the node.
    pub(super) taints: &'static str,
}

impl Worker {
    /// That of the node that the control plane runs on, which has everything where a host has it.
    pub(super) fn first(cluster: &Path) -> Self {
        Self {
            cluster: cluster.to_path_buf(),
            name: NODE_NAME,
            port: 10250,
            pods: "/var/lib/kubelet".into(),
            logs: "/var/log/pods".into(),
            taints: "",
        }
    }

    /// That of a node with a folder of its own.
    pub(super) fn other(cluster: &Path, folder: &Path) -> Self {
        Self {
            cluster: cluster.to_path_buf(),
            name: OTHER_NODE_NAME,
            port: 10260,
            pods: state(folder).join("kubelet"),
            logs: state(folder).join("logs"),
            taints: "{key: podfs.test/only-by-name, effect: NoSchedule}",
        }
    }
}
