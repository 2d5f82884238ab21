//! What one contestant has to do in one run.

use std::path::Path;

use podfs_testkit::servers::Params;

use crate::encryption::Encryption;
use crate::scenario::Scenario;

/// One run's task.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// What is to be done.
    pub(crate) scenario: Scenario,
    /// The local folder: the source, or the empty target.
    pub(crate) local: &'a Path,
    /// The bucket, and the prefix that the files have in it.
    pub(crate) remote: String,
    /// How to reach the server, as rclone's keys.
    pub(crate) params: Params,
    /// What the files are encrypted with, where they are.
    pub(crate) encryption: Option<&'a Encryption>,
    /// A folder for configuration, state and whatever else the contestant writes.
    pub(crate) scratch: &'a Path,
    /// What `ours` gets instead of its default.
    pub(crate) transfers: Option<u32>,
    /// Keys of the remote that `ours` gets besides.
    pub(crate) more_params: &'a Params,
}

impl Job<'_> {
    /// The value of one of the server's keys.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
            .unwrap_or_default()
    }
}
