//! Where the programs of a cluster are: the user's own, or those that are built and kept with the tools.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::KUBECONFIG_VARIABLE;
use crate::tools::{CONTAINERD_SHIM, CTR, HELM, KUBECTL, Tool};

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
    point_to(&mut command, kubeconfig);
    Ok(command)
}

/// Helm for a cluster, without this machine's settings.
pub fn helm(kubeconfig: &Path) -> Result<Command> {
    let mut command = HELM.command()?;
    point_to(&mut command, kubeconfig);
    Ok(command)
}

/// Tells clients where the cluster is. What they learn of it goes away with it.
fn point_to(command: &mut Command, kubeconfig: &Path) {
    command.env("KUBECONFIG", kubeconfig).env("KUBERC", "off");
    let Some(folder) = kubeconfig.parent() else { return };
    command.env("KUBECACHEDIR", folder.join("clients/kubectl"));
    for place in ["CACHE", "CONFIG", "DATA"] {
        command.env(format!("HELM_{place}_HOME"), folder.join("clients/helm").join(place));
    }
}

/// Makes a cluster the one that a command works with, for people, scripts and tests.
pub(super) fn introduce(command: &mut Command, kubeconfig: &Path) -> Result<()> {
    point_to(command, kubeconfig);
    command.env(KUBECONFIG_VARIABLE, kubeconfig);
    // By name also containerd looks for its shim.
    let programs = [path(&KUBECTL)?, HELM.path()?, CTR.path()?, CONTAINERD_SHIM.path()?];
    let mut folders: Vec<PathBuf> =
        programs.iter().filter_map(|program| Some(program.parent()?.to_path_buf())).collect();
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    command.env("PATH", env::join_paths(folders)?);
    Ok(())
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
