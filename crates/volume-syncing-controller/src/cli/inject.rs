//! `inject`: what the operator would make of a Pod, without a cluster.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{help, values};

/// The image of the injected containers, unless another one is given.
const IMAGE: &str = concat!("volume-syncing-controller:", env!("CARGO_PKG_VERSION"));

/// Print a Pod as the operator would create it, or say why it would not
///
/// Reads manifests and asks no cluster: which PodFilesystemSync selects the Pod, where its files would go, which
/// containers it gets.
#[derive(Debug, Args)]
#[command(after_long_help = help::inject())]
pub(crate) struct Inject {
    /// The manifest with the Pod; `-` is standard input. Other objects in it are passed over
    #[arg(short, long, value_name = "PATH", value_parser = values::path)]
    pub(crate) file: PathBuf,

    /// The manifest with the PodFilesystemSync, or several of them
    #[arg(short, long, value_name = "PATH", value_parser = values::path)]
    pub(crate) sync: PathBuf,

    /// The namespace of objects that name none
    #[arg(short, long, value_name = "NAME", default_value = "default")]
    pub(crate) namespace: String,

    /// The image of the injected containers
    #[arg(short, long, value_name = "IMAGE", default_value = IMAGE)]
    pub(crate) image: String,

    /// What kind of container syncs
    #[arg(long, value_enum, default_value_t = Mode::Native, value_name = "MODE")]
    pub(crate) sidecar_mode: Mode,
}

/// What kind of container syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// An init container that goes on running, for Kubernetes 1.29 and later
    Native,
    /// A container like the application's
    Container,
}
