//! What a caller decides about one remote that is reached through rclone.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use podfs_sync::settings::DEFAULT_TRANSFERS;

/// A place whose name does not hang on the key, as rclone names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// Through the encryption.
    pub open: String,
    /// Below it, where the encrypted files lie.
    pub sealed: String,
}

/// How to reach one remote through rclone.
#[derive(Debug, Clone)]
pub struct RcloneOptions {
    /// The rclone program; `None` takes `PODFS_RCLONE`, or else the first `rclone` in `PATH`.
    pub binary: Option<PathBuf>,
    /// The configuration file, with mode 0600: it holds the secrets, which never show up in arguments.
    pub config: PathBuf,
    /// The remote as rclone names it: `remote:bucket/folder`, `remote_encrypted:`.
    pub fs: String,
    /// Why this remote goes through rclone, for people: `"the kind is sftp"`. May be empty.
    pub reason: String,
    /// What to look at for whether the key is right, when this remote is one that encrypts.
    pub encryption: Option<Encryption>,
    /// How many calls are in flight at once when a folder tree is listed or files are deleted, and how many files where
    /// nobody asks for another number.
    pub transfers: NonZeroUsize,
    /// How long a connection may take to come up (`--contimeout`).
    pub connect_timeout: Duration,
    /// How long a connection may stay silent (`--timeout`).
    pub io_timeout: Duration,
    /// How long rclone and the first contact with the remote may take.
    pub start_timeout: Duration,
    /// How often rclone itself tries each request (`--low-level-retries`).
    pub low_level_retries: u32,
    /// How often we try an operation that failed with something that passes.
    pub attempts: u32,
}

impl RcloneOptions {
    /// The defaults for the remote `fs` of the file `config`: an unreachable remote is reported in half a minute.
    #[must_use]
    pub fn new(config: impl Into<PathBuf>, fs: impl Into<String>) -> Self {
        Self {
            binary: None,
            config: config.into(),
            fs: fs.into(),
            reason: String::new(),
            encryption: None,
            transfers: DEFAULT_TRANSFERS,
            connect_timeout: Duration::from_secs(10),
            io_timeout: Duration::from_secs(60),
            start_timeout: Duration::from_secs(30),
            low_level_retries: 3,
            attempts: 3,
        }
    }
}
