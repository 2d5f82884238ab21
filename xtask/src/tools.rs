//! `cargo xtask tools`: the pinned programs that tests use.

use anyhow::Result;
use podfs_testkit::tools::{ALL, CLUSTER, Tool};

/// Installs what is missing and prints where everything is.
pub(crate) fn print() -> Result<()> {
    announce()?;
    for tool in every() {
        println!("{} {} {}", tool.package, tool.version, tool.path()?.display());
    }
    Ok(())
}

/// Installs what is missing of these, so that no test pays for it.
pub(crate) fn install(tools: &[&Tool]) -> Result<()> {
    tools.iter().try_for_each(|tool| tool.path().map(drop))
}

/// Builds what is missing of a cluster.
pub(crate) fn install_cluster() -> Result<()> {
    announce()?;
    install(CLUSTER)
}

/// Names and versions, for the list of what a test run used.
pub(crate) fn list() -> Vec<String> {
    let installed = every().filter(|tool| tool.is_installed().unwrap_or(false));
    installed.map(|tool| format!("{} ({} {})", tool.name, tool.package, tool.version)).collect()
}

fn every() -> impl Iterator<Item = &'static Tool> {
    ALL.iter().chain(CLUSTER).copied()
}

/// Says what is going to be built before anybody wonders why nothing happens.
fn announce() -> Result<()> {
    let mut missing = Vec::new();
    for tool in CLUSTER {
        if !tool.is_installed()? {
            missing.push(tool.name);
        }
    }
    if !missing.is_empty() {
        println!(
            "building the programs of a Kubernetes cluster, once for this machine: {}; on two idle cores all of \
             them take about 15 minutes and 6 GB meanwhile, 600 MB afterwards",
            missing.join(", ")
        );
    }
    Ok(())
}
