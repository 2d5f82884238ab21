//! `verify`: compares a remote with its manifest.

use std::path::PathBuf;

use clap::Args;

use super::logging::LoggingArguments;
use super::remote::RemoteArguments;
use super::{help, values};
use crate::cli::Format;
use crate::commands::Check;
use crate::environment;
use crate::failure::Failure;

/// Look whether the remote is what the last sync wrote
///
/// Sizes, times and marks of all files come from listings; with --read-data every file is read back and its content
/// compared with what was uploaded. Nothing is changed anywhere.
#[derive(Debug, Args)]
#[command(after_long_help = help::verify())]
pub(crate) struct Verify {
    /// The remote path, such as `bucket/directory`; not needed with encryption, where `-e remote=…` names it
    #[arg(short, long, value_name = "REMOTE PATH", default_value = "/")]
    src: String,

    /// Read every file back and compare its content with what was uploaded
    #[arg(long)]
    read_data: bool,

    /// What goes to standard output; with `json` nothing else does
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) output: Format,

    /// Where scratch files live
    #[arg(long, value_name = "PATH", value_parser = values::path,
          env = environment::STATE_DIR.name, hide_env_values = true)]
    state_dir: Option<PathBuf>,

    #[command(flatten)]
    remote: RemoteArguments,
    #[command(flatten)]
    logging: LoggingArguments,
}

impl Verify {
    /// Checks what clap cannot check.
    pub(crate) fn into_check(self) -> Result<Check, Failure> {
        Ok(Check {
            request: self.remote.into_request(self.src)?,
            read_data: self.read_data,
            format: self.output,
            state_dir: self.state_dir,
            log_level: self.logging.level(),
            log_json: self.logging.log_json,
        })
    }
}
