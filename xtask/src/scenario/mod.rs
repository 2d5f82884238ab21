//! `cargo xtask scenario`: what the programs are for, shown with other people's real programs. Too slow for every test run.

mod cluster;
mod page;
mod tutorial;
mod velero;

use std::env;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use podfs_testkit::cluster::node::{Inside, Node};
use podfs_testkit::tools::{NAME_SERVERS, Tool, VELERO_PROGRAMS, tools_dir};

use crate::step::step;
use crate::{cluster as cluster_chore, image, tools};

/// A use of the programs.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Scenario {
    /// A real Velero backs up and restores a Pod's volume through the mounts of vcluster-fs-syncer
    Velero,
    /// The commands of the operator's tutorial, one after the other
    Tutorial,
}

impl Scenario {
    /// What is built for it of other people's.
    fn tools(self) -> &'static [&'static Tool] {
        match self {
            Self::Velero => VELERO_PROGRAMS,
            Self::Tutorial => NAME_SERVERS,
        }
    }

    /// Whose image it shows at work.
    const fn image(self) -> image::Program {
        match self {
            Self::Velero => image::Program::VclusterFsSyncer,
            Self::Tutorial => image::Program::VolumeSyncingController,
        }
    }
}

/// Plays a scenario on a node of its own.
pub(crate) fn run(scenario: Scenario) -> Result<()> {
    // Once more, from within the node.
    if let Some(inside) = Inside::here() {
        return match scenario {
            Scenario::Velero => velero::play(&inside),
            Scenario::Tutorial => tutorial::play(&inside),
        };
    }
    Node::check_machine()?;
    step("programs of the cluster", tools::install_cluster)?;
    step("programs of others, which take minutes to build, once", || tools::install(scenario.tools()))?;
    step("image", || image::build(scenario.image()))?;
    let mut itself = Command::new(env::current_exe().context("this program does not know where it is")?);
    let name = scenario.to_possible_value().context("a scenario has no name")?;
    itself.args(["scenario", name.get_name()]).env("PODFS_TOOLS_DIR", tools_dir()?);
    let status = cluster_chore::on_node(&itself)?;
    if !status.success() {
        bail!("the scenario ended with {status}");
    }
    Ok(())
}
