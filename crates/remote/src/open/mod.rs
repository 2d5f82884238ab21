//! Opens the remote that a configuration names.

mod choose;
mod encrypted;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podfs_sync::remote::{Remote, RemoteError};

use crate::config::{S3Settings, Target, parse_bool};
use crate::local::LocalRemote;
use crate::rclone::{Encryption, RcloneOptions, RcloneRemote};
use crate::s3::{S3Options, S3Remote};

pub use choose::{Engine, Way, choose};

/// How a remote is to be opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The section and the path on it.
    pub target: Target,
    /// The file that `target` came from, with mode 0600: rclone reads its secrets there.
    pub config_path: PathBuf,
    /// Natively or through rclone.
    pub engine: Engine,
    /// The rclone program; `None` for the one in `PATH`.
    pub rclone: Option<PathBuf>,
    /// How long a connection may stay silent.
    pub timeout: Duration,
    /// How many files are under way at once; `None`: as many as suit the remote.
    pub transfers: Option<NonZeroUsize>,
    /// Where large uploads under way are noted, so that an interrupted one goes on; `None`: it begins anew.
    pub uploads: Option<PathBuf>,
}

/// Opens it. The native ways send nothing yet; rclone is started and makes first contact.
///
/// # Errors
/// [`podfs_sync::ErrorKind::Configuration`] when a setting does not fit or rclone is missing or too old; what rclone meets at
/// first contact.
pub async fn open(opening: Opening) -> Result<Arc<dyn Remote>, RemoteError> {
    let names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    let over_s3 = OverS3 { timeout: opening.timeout, uploads: opening.uploads };
    match choose(&opening.target, opening.engine, names.iter().map(String::as_str))? {
        Way::Rclone { reason } => {
            let mut options = RcloneOptions::new(opening.config_path, opening.target.rclone());
            options.binary = opening.rclone;
            options.transfers = opening.transfers.unwrap_or(options.transfers);
            options.io_timeout = opening.timeout;
            options.connect_timeout = options.connect_timeout.min(opening.timeout);
            options.reason = reason;
            options.encryption = encryption(&opening.target);
            Ok(Arc::new(RcloneRemote::start(options).await?))
        }
        Way::Encrypted { settings, directory, inner } => {
            encrypted::open(*settings, &directory, *inner, &over_s3).await
        }
        Way::Local(path) => Ok(Arc::new(LocalRemote::new(&path))),
        Way::S3 { settings, bucket, prefix } => {
            Ok(Arc::new(S3Remote::new(over_s3.options(*settings, bucket, prefix))?))
        }
    }
}

/// An encryption by rclone, where its key can be checked. Where the names of directories are encrypted, another key
/// leads to another directory.
fn encryption(target: &Target) -> Option<Encryption> {
    let section = target.section();
    let inner = section.get("remote").filter(|_| target.kind() == "crypt")?;
    let off = section.get("filename_encryption") == Some("off")
        || section.get("directory_name_encryption").is_some_and(|value| parse_bool(value) == Ok(false));
    Some(match target.path() {
        directory if off && !directory.is_empty() => {
            let separator = if inner.ends_with([':', '/']) { "" } else { "/" };
            Encryption { open: target.rclone(), sealed: format!("{inner}{separator}{directory}") }
        }
        "" => Encryption { open: target.rclone(), sealed: inner.to_owned() },
        _ => Encryption { open: format!("{}:", section.name()), sealed: inner.to_owned() },
    })
}

/// What every S3 remote of one opening has in common.
struct OverS3 {
    timeout: Duration,
    uploads: Option<PathBuf>,
}

impl OverS3 {
    fn options(&self, settings: S3Settings, bucket: String, prefix: String) -> S3Options {
        let mut options = S3Options::new(settings, bucket, prefix);
        options.limits.idle = self.timeout;
        options.limits.connect = options.limits.connect.min(self.timeout);
        options.uploads.clone_from(&self.uploads);
        options
    }
}
