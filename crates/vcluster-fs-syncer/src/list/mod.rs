//! `list`: what is mounted on this node, for whom, since when, and what is wrong.

mod rows;
mod text;

use std::io::Write as _;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use podfs_vcluster::desired::desired;
use podfs_vcluster::mount::{KernelMounts, MountError, Mounts as _};
use podfs_vcluster::{Desired, HostPod, Plan, plan};

use crate::departures::staying;
use crate::exit::{Exit, Failure};
use crate::kubernetes;
use crate::settings::Settings;
use rows::{Row, rows};

/// How to show it.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Lines for people, or one JSON document
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// What there should be, and what it would take.
pub(crate) struct Picture {
    /// What there should be.
    pub(crate) desired: Desired,
    /// What is there.
    pub(crate) observed: podfs_vcluster::table::Observed,
    /// What to do.
    pub(crate) plan: Plan,
}

/// Looks, and changes nothing.
pub(crate) fn look(
    mounts: &mut KernelMounts,
    pods: &[HostPod],
    settings: &Settings,
) -> Result<Picture, MountError> {
    let observed = mounts.observe()?;
    let (staying, _) = staying(pods.to_vec(), settings.linger, SystemTime::now());
    let desired = desired(&staying, &settings.mapping, &observed);
    let plan = plan(&desired, &observed);
    Ok(Picture { desired, observed, plan })
}

/// Prints it. When the API server cannot be asked, it prints what the mounts alone tell, and fails.
pub(crate) async fn run(arguments: &ListArguments, settings: &Settings) -> Result<(), Failure> {
    let mut mounts = KernelMounts::open(&settings.directories).map_err(|error| Failure::node(&error))?;
    let pods = match kubernetes::client().await {
        Ok(client) => kubernetes::list(client, &settings.node).await,
        Err(failure) => Err(failure.to_string()),
    };
    let known = pods.as_deref().ok();
    let picture =
        look(&mut mounts, known.unwrap_or_default(), settings).map_err(|error| Failure::node(&error))?;
    let since = mounts.since(picture.observed.targets.keys()).map_err(|error| Failure::node(&error))?;
    let rows = rows(&picture, known, &since, &settings.directories.to);
    print(arguments.output, &rows)?;
    pods.map(|_| ()).map_err(|error| {
        Failure::new(
            Exit::Failed,
            format!("the API server cannot be asked for Pods ({error}): for whom these are, and what is missing, is not known"),
        )
    })
}

fn print(format: Format, rows: &[Row]) -> Result<(), Failure> {
    let text = match format {
        Format::Text => text::render(rows),
        Format::Json => serde_json::to_string_pretty(rows).map_err(Failure::unexpected)? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::unexpected)
}
