//! Everything that decides how a bucket is used.

use std::path::PathBuf;

use crate::config::S3Settings;
use crate::transport::{RetryPolicy, TimeLimits};

/// How to reach one directory of one bucket.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The keys of the configuration, with rclone's meaning.
    pub settings: S3Settings,
    /// The bucket.
    pub bucket: String,
    /// The directory in the bucket as a user writes it after `remote:bucket/`; empty for all of the bucket.
    pub path: String,
    /// Whether names are those of files, which have 255 bytes at most, also where the store takes longer ones.
    pub names_of_files: bool,
    /// Bytes of file content that all uploads together hold in memory.
    pub upload_memory: usize,
    /// A folder of this machine where uploads in parts are noted, so that one that was interrupted goes on; without it
    /// they are thrown away.
    pub uploads: Option<PathBuf>,
    /// How long to wait.
    pub limits: TimeLimits,
    /// How often to try again.
    pub retry: RetryPolicy,
}

impl S3Options {
    /// A directory of a bucket, with our own defaults for what rclone has no keys for.
    pub fn new(settings: S3Settings, bucket: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            settings,
            bucket: bucket.into(),
            path: path.into(),
            names_of_files: true,
            upload_memory: 32 << 20,
            uploads: None,
            limits: TimeLimits::default(),
            retry: RetryPolicy::default(),
        }
    }
}
