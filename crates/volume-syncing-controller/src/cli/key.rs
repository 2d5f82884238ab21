//! `key generate` and `key check`: the key of an encrypted remote.

use clap::{Args, Subcommand};

use super::help;
use super::logging::LoggingArguments;
use super::remote::RemoteArguments;
use crate::failure::Failure;
use crate::remote_request::RemoteRequest;

/// Make and check keys of encrypted remotes
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct KeyCommand {
    #[command(subcommand)]
    pub(crate) task: KeyTask,
}

/// What to do with a key.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyTask {
    Generate(GenerateKey),
    Check(Box<CheckKey>),
}

/// Print a new random password, obscured as `ENCRYPTED_PASSWORD` takes it
///
/// It has 256 bits of randomness. Keep it: what is encrypted with a password that is lost is lost too.
#[derive(Debug, Args)]
#[command(after_long_help = help::key_generate())]
pub(crate) struct GenerateKey {}

/// Tell whether the key opens the remote
///
/// Reads the listing and the beginning of one small object; nothing is changed. Every sync does the same before it
/// transfers anything, so that a wrong key never puts a second tree beside the first.
#[derive(Debug, Args)]
#[command(after_long_help = help::key_check())]
pub(crate) struct CheckKey {
    /// The directory below the one that `ENCRYPTED_REMOTE` (`-e remote=…`) names
    #[arg(short, long, value_name = "REMOTE PATH", default_value = "/")]
    dst: String,

    #[command(flatten)]
    remote: RemoteArguments,
    #[command(flatten)]
    pub(crate) logging: LoggingArguments,
}

impl CheckKey {
    /// What the wiring needs to open the remote.
    pub(crate) fn into_request(self) -> Result<RemoteRequest, Failure> {
        self.remote.into_request(self.dst)
    }
}
