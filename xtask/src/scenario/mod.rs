//! `cargo xtask scenario`: what the programs are for, shown with other people's real programs. Too slow for every test run.

mod cluster;
mod velero;

use std::env;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use podfs_testkit::cluster::node::{Inside, Node};
use podfs_testkit::tools::{VELERO_PROGRAMS, tools_dir};

use crate::step::step;
use crate::{cluster as cluster_chore, image, tools};

/// A use of the programs.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Scenario {
    /// A real Velero backs up and restores a Pod's volume through the mounts of vcluster-fs-syncer
    Velero,
}

/// Plays a scenario on a node of its own.
pub(crate) fn run(scenario: Scenario) -> Result<()> {
    // Once more, from within the node.
    if let Some(inside) = Inside::here() {
        return match scenario {
            Scenario::Velero => velero::play(&inside),
        };
    }
    Node::check_machine()?;
    step("programs of the cluster", tools::install_cluster)?;
    let programs = match scenario {
        Scenario::Velero => VELERO_PROGRAMS,
    };
    step("programs of others, which may take 15 minutes to build, once", || tools::install(programs))?;
    step("image", || image::build(image::Program::VclusterFsSyncer))?;
    let mut itself = Command::new(env::current_exe().context("this program does not know where it is")?);
    let name = scenario.to_possible_value().context("a scenario has no name")?;
    itself.args(["scenario", name.get_name()]).env("PODFS_TOOLS_DIR", tools_dir()?);
    let status = cluster_chore::on_node(&itself)?;
    if !status.success() {
        bail!("the scenario ended with {status}");
    }
    Ok(())
}
