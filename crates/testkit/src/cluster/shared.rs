//! The cluster that all tests of a process share: an API server of ours, or the user's own cluster.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, anyhow, bail};

use super::{ApiServer, programs};

/// The variable that names the kubeconfig of a cluster that tests may use.
///
/// Not `KUBECONFIG`: that may well lead to a cluster which somebody needs.
pub const KUBECONFIG_VARIABLE: &str = "PODFS_TEST_KUBECONFIG";

/// A cluster that tests share: use namespaces of your own, and give cluster-wide things back.
#[derive(Debug)]
pub struct Cluster {
    kubeconfig: PathBuf,
    own: Option<ApiServer>,
}

impl Cluster {
    /// The shared cluster. It may have no nodes.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Cluster>> = OnceLock::new();
        SHARED.get_or_init(Self::find).as_ref().map_err(|error| anyhow!("no shared cluster: {error:#}"))
    }

    fn find() -> Result<Self> {
        match env::var_os(KUBECONFIG_VARIABLE).filter(|path| !path.is_empty()) {
            Some(path) => Self::brought(path.into()),
            None => {
                let own = ApiServer::start()?;
                Ok(Self { kubeconfig: own.kubeconfig().to_path_buf(), own: Some(own) })
            }
        }
    }

    fn brought(kubeconfig: PathBuf) -> Result<Self> {
        if !kubeconfig.is_file() {
            bail!("{KUBECONFIG_VARIABLE} is {}, and that is no file", kubeconfig.display());
        }
        Ok(Self { kubeconfig, own: None })
    }

    /// The file that tells a client where the cluster is.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Whether the user brought it: then it may be older, have nodes, and hold other things.
    pub fn is_brought(&self) -> bool {
        self.own.is_none()
    }

    /// kubectl for this cluster.
    pub fn kubectl(&self) -> Result<Command> {
        programs::kubectl(&self.kubeconfig)
    }

    /// Helm for this cluster.
    pub fn helm(&self) -> Result<Command> {
        programs::helm(&self.kubeconfig)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_that_is_not_there_is_told() {
        let error = Cluster::brought("/no/such/kubeconfig".into()).unwrap_err().to_string();
        assert!(error.contains("PODFS_TEST_KUBECONFIG is /no/such/kubeconfig"), "{error}");
    }
}
