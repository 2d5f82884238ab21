//! Where an index lies and what it belongs to.

use std::path::PathBuf;
use std::time::Duration;

/// The index of one local folder and one remote.
#[derive(Debug, Clone)]
pub struct IndexPlace {
    /// The file.
    pub file: PathBuf,
    /// Stands for the local folder, the remote and what it encrypts with, without telling a secret, and not for credentials
    /// that may change. An index that says otherwise does not count.
    pub belongs_to: String,
    /// The longest time for which the remote is taken for what the index says although nobody looked at its head. A sync
    /// that changes something looks anyway.
    pub ask_every: Duration,
    /// Names the time since this machine was started, with these credentials; `None` when nobody can tell. After another
    /// start the head is looked at first: that a sync was under way may not have reached the disk. With other credentials,
    /// too: they may have led to another remote.
    pub boot: Option<String>,
    /// The longest time without a listing, which alone shows what other programs did to the files of the remote.
    pub list_every: Duration,
}
