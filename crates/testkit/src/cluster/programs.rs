//! Where the programs of a cluster are: the user's own, or those that are built and kept with the tools.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::tools::{KUBECTL, Tool};

/// What the tests of Kubernetes' own projects read: a folder with `etcd`, `kube-apiserver` and `kubectl`.
const ASSETS: &str = "KUBEBUILDER_ASSETS";

/// The path of one of the three programs that the user may bring.
pub(super) fn path(tool: &Tool) -> Result<PathBuf> {
    find(tool, env::var_os(ASSETS).filter(|folder| !folder.is_empty()).map(PathBuf::from))
}

fn find(tool: &Tool, assets: Option<PathBuf>) -> Result<PathBuf> {
    let Some(assets) = assets else { return tool.path() };
    let path = assets.join(tool.name);
    if !path.is_file() {
        bail!(
            "{ASSETS} is {}, which holds no {}: add it, or unset the variable",
            assets.display(),
            tool.name
        );
    }
    Ok(path)
}

/// kubectl for a cluster, without this machine's settings.
pub fn kubectl(kubeconfig: &Path) -> Result<Command> {
    let mut command = Command::new(path(&KUBECTL)?);
    command.env("KUBECONFIG", kubeconfig).env("KUBERC", "off");
    // What it learns of a cluster goes away with the cluster.
    if let Some(folder) = kubeconfig.parent() {
        command.env("KUBECACHEDIR", folder.join("kubectl-cache"));
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_the_user_brings_comes_first() {
        let assets = tempfile::tempdir().unwrap();
        let theirs = assets.path().join("kubectl");
        std::fs::write(&theirs, "").unwrap();
        assert_eq!(find(&KUBECTL, Some(assets.path().to_path_buf())).unwrap(), theirs);
    }

    #[test]
    fn a_program_that_is_not_where_the_user_said_is_told() {
        let assets = tempfile::tempdir().unwrap();
        let error = find(&KUBECTL, Some(assets.path().to_path_buf())).unwrap_err().to_string();
        assert!(error.contains("KUBEBUILDER_ASSETS") && error.contains("no kubectl"), "{error}");
    }
}
