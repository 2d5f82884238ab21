//! The file that tells a client where a cluster is and how to get in.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use super::{NODE_NAME, OTHER_NODE_NAME};

/// Lets every request pass: the user is in Kubernetes' group of masters.
pub(super) const ADMIN_TOKEN: &str = "podfs-test-admin";

/// Lets the kubelet of a node do what kubelets may.
pub(super) fn node_token(node: &str) -> String {
    format!("podfs-test-kubelet-of-{node}")
}

/// What a client needs to know.
#[derive(Debug)]
pub(super) struct Kubeconfig<'a> {
    /// The URL of the API server.
    pub(super) server: &'a str,
    /// The certificates to trust.
    pub(super) authority: &'a Path,
    /// The bearer token to send.
    pub(super) token: &'a str,
}

impl Kubeconfig<'_> {
    /// Writes the file, readable for its owner alone since some clients warn otherwise.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        let mut file = open.with_context(|| format!("cannot make {}", path.display()))?;
        file.write_all(self.text().as_bytes()).with_context(|| format!("cannot write {}", path.display()))
    }

    fn text(&self) -> String {
        let Self { server, authority, token } = self;
        format!(
            "apiVersion: v1
kind: Config
current-context: podfs-test
contexts:
  - name: podfs-test
    context: {{cluster: podfs-test, user: podfs-test}}
clusters:
  - name: podfs-test
    cluster:
      server: {server}
      certificate-authority: {authority:?}
users:
  - name: podfs-test
    user: {{token: {token}}}
"
        )
    }
}

/// Writes the list of tokens that the API server reads: a line each of token, user, id and groups.
pub(super) fn write_tokens(path: &Path) -> Result<()> {
    let admin = format!("{ADMIN_TOKEN},admin,admin,system:masters\n");
    let nodes = [NODE_NAME, OTHER_NODE_NAME]
        .map(|node| format!("{},system:node:{node},{node},system:nodes\n", node_token(node)));
    fs::write(path, admin + &nodes.concat()).with_context(|| format!("cannot write {}", path.display()))
}
