//! containerd, the network of Pods, and the images that every node has.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::namespaces::{BRIDGE, NETWORK};
use super::{Node, images, inside, state};
use crate::tools::CONTAINERD;

/// Where Debian keeps the plugins that connect Pods to a network.
const PLUGINS: &str = "/usr/lib/cni";

/// Starts containerd and gives it the images.
pub(super) fn start(node: &mut Node) -> Result<()> {
    let folder = node.scratch.path();
    let (config, network) = (folder.join("containerd.toml"), node.scratch.folder("network")?);
    write(&network.join("10-bridge.conflist"), &bridge(&node.worker.cluster))?;
    write(&config, &configuration(&state(folder), &network, &node.inside().containerd()))?;
    let mut command = CONTAINERD.command()?;
    command.arg("--config").arg(&config);
    node.daemon("containerd", &command, |node| {
        let socket = node.inside().containerd();
        node.path(&socket.to_string_lossy()).exists()
    })?;
    for archive in images::write(node.scratch.path())? {
        inside::take(node.command(&node.inside().import_command(&archive)?)?, &archive)?;
    }
    Ok(())
}

fn configuration(state: &Path, network: &Path, socket: &Path) -> String {
    format!(
        r#"version = 3
root = {root:?}
state = {run:?}
[grpc]
  address = {socket:?}
[ttrpc]
  address = {ttrpc:?}
[plugins.'io.containerd.cri.v1.runtime']
  # Where the capability is missing, as in many sandboxes, runc could not do otherwise.
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["{PLUGINS}"]
  conf_dir = {network:?}
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "{sandbox}"
"#,
        root = state.join("containerd"),
        run = state.join("containerd-run"),
        ttrpc = state.join("containerd.ttrpc"),
        sandbox = images::PAUSE_IMAGE,
    )
}

/// Pods are on the same bridge as the node, and all of a cluster get their addresses from one list.
fn bridge(cluster: &Path) -> String {
    format!(
        r#"{{"cniVersion": "1.0.0", "name": "podfs", "plugins": [{{
  "type": "bridge", "bridge": "{BRIDGE}", "isGateway": true, "ipMasq": false, "hairpinMode": true,
  "ipam": {{
    "type": "host-local", "dataDir": {data:?},
    "ranges": [[{{"subnet": "{NETWORK}"}}]], "routes": [{{"dst": "0.0.0.0/0"}}]
  }}
}}]}}
"#,
        data = state(cluster).join("addresses"),
    )
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
