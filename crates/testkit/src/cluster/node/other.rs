//! A second node of the same cluster, for tests whose Pods come back elsewhere.

use std::fs::{self, File};

use anyhow::{Context, Result};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use super::cgroup::ControlGroup;
use super::namespaces::Namespaces;
use super::worker::Worker;
use super::{Inside, Node, state};
use crate::cluster::OTHER_NODE_NAME;
use crate::servers::scratch::Scratch;

/// A kubelet and a containerd of their own, beside those of the first node and in its namespaces.
///
/// It runs the Pods whose `nodeName` is [`OTHER_NODE_NAME`], and no others. It leaves the cluster when this is dropped,
/// and what is left of its Pods ends. Plugins for devices and containers are not for a cluster that had two nodes: their
/// sockets have fixed paths, which the node that starts last takes.
#[derive(Debug)]
pub struct OtherNode {
    node: Node,
    first: Inside,
    // There is one at a time: its name and its ports are always the same.
    _turn: File,
}

impl OtherNode {
    /// Joins the cluster of the node that this process runs on, and waits until Pods can run. Who comes second waits.
    pub fn join(first: &Inside) -> Result<Self> {
        let turn = File::create(first.folder().join("other-node")).context("cannot ask for a second node")?;
        turn.lock().context("cannot wait for a second node")?;
        let scratch = Scratch::new()?;
        let group = ControlGroup::within(first.folder(), OTHER_NODE_NAME)?;
        let worker = Worker::other(first.folder(), scratch.path());
        let node = Node { namespaces: Namespaces::here(), daemons: Vec::new(), group, scratch, worker };
        let mut other = Self { node, first: first.clone(), _turn: turn };
        other.mount_state()?;
        other.node.write_credentials()?;
        other.node.start_worker()?;
        Ok(other)
    }

    /// The node as a process on it would know it, with its own logs and images.
    pub fn inside(&self) -> Inside {
        self.node.inside()
    }

    /// In memory, as the first node has it, and in one piece with all that its Pods mount.
    fn mount_state(&self) -> Result<()> {
        let state = state(self.node.scratch.path());
        fs::create_dir(&state).with_context(|| format!("cannot make {}", state.display()))?;
        mount("podfs-node", &state, "tmpfs", MountFlags::empty(), None)
            .with_context(|| format!("cannot mount {}", state.display()))
    }
}

impl Drop for OtherNode {
    fn drop(&mut self) {
        // Whatever goes wrong, a guard has nobody to tell.
        let its_pods = format!("--field-selector=spec.nodeName={OTHER_NODE_NAME}");
        let pods = ["delete", "pods", "--all-namespaces", &its_pods, "--grace-period=1", "--timeout=60s"];
        drop(self.first.ask(&pods));
        // A kubelet that runs could make its node anew.
        self.node.daemons.clear();
        drop(self.first.ask(&["delete", "node", OTHER_NODE_NAME, "--ignore-not-found"]));
        let _ = unmount(state(self.node.scratch.path()), UnmountFlags::DETACH);
    }
}
