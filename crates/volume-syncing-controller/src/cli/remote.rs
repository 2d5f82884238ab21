//! Flags that say where the remote is and how to reach it; the same for both directions.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use podfs_remote::open::Engine;

use super::parameter::{self, Given};
use super::values;
use crate::environment;
use crate::failure::Failure;
use crate::remote_request::RemoteRequest;

/// Where the remote is and how to reach it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Remote")]
pub(crate) struct RemoteArguments {
    /// The rclone configuration; written from -p, -e and REMOTE_* variables unless --no-template
    ///
    /// It holds secrets: it is written whole or not at all, with mode 0600, and stock rclone can read it. A file with
    /// other sections than ours is never overwritten.
    #[arg(short, long, value_name = "PATH", default_value = "rclone.conf", value_parser = values::path,
          env = environment::CONFIG_PATH.name, hide_env_values = true)]
    config_path: PathBuf,

    /// Use the configuration file as it is: never write it, ignore REMOTE_* variables and -p
    #[arg(long)]
    no_template: bool,

    /// A key of the remote (section `[remote]`), such as `-p type=s3`; repeatable, wins over REMOTE_<KEY>
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = parameter::given())]
    param: Vec<Given>,

    /// A key of the encryption (section `[remote_encrypted]`); repeatable, wins over ENCRYPTED_<KEY>
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = parameter::given())]
    enc_param: Vec<Given>,

    /// Which way leads to the remote
    ///
    /// With `auto`, local directories and S3 are reached by our own code as long as it understands every key of the
    /// configuration; everything else goes through rclone. -v says which way was taken and why.
    #[arg(long, default_value_t = Engine::Auto, value_name = "WAY", value_parser = values::engine(),
          env = environment::ENGINE.name, hide_env_values = true)]
    engine: Engine,

    /// The rclone to use where rclone is needed
    #[arg(long, value_name = "PROGRAM", default_value = "rclone", value_parser = values::path,
          env = environment::RCLONE.name, hide_env_values = true)]
    rclone: PathBuf,

    /// Give a request up after so many seconds without a byte
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = values::seconds,
          env = environment::TIMEOUT.name, hide_env_values = true)]
    timeout: Duration,

    /// How many files are under way at once; by default 32 with S3 without rclone, and 16 with all else
    #[arg(long, value_name = "NUMBER", value_parser = values::transfers, env = environment::TRANSFERS.name,
          hide_env_values = true)]
    transfers: Option<std::num::NonZeroUsize>,
}

impl RemoteArguments {
    /// What the wiring needs to open the remote at `remote_path`.
    pub(super) fn into_request(self, remote_path: String) -> Result<RemoteRequest, Failure> {
        Ok(RemoteRequest {
            params: parameter::texts("-p", self.param)?,
            enc_params: parameter::texts("-e", self.enc_param)?,
            config_path: self.config_path,
            no_template: self.no_template,
            remote_path,
            engine: self.engine,
            rclone_binary: self.rclone,
            timeout: self.timeout,
            transfers: self.transfers,
        })
    }
}
