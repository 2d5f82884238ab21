//! The file that tells a client where a cluster is and how to get in.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Lets every request pass: the user is in Kubernetes' group of masters.
pub(super) const ADMIN_TOKEN: &str = "podfs-test-admin";
/// Lets a kubelet do what kubelets may.
pub(super) const NODE_TOKEN: &str = "podfs-test-node";

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
pub(super) fn write_tokens(path: &Path, node: &str) -> Result<()> {
    let admin = format!("{ADMIN_TOKEN},admin,admin,system:masters");
    let node = format!("{NODE_TOKEN},system:node:{node},{node},system:nodes");
    fs::write(path, format!("{admin}\n{node}\n")).with_context(|| format!("cannot write {}", path.display()))
}
