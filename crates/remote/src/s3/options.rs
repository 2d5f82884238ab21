//! Everything that decides how a bucket is used. The names follow rclone's keys, and so do the defaults.

use std::time::Duration;

use super::credentials::S3Credentials;
use crate::naming::Mask;
use crate::transport::{RetryPolicy, TimeLimits};

/// How to reach one directory of one bucket.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The bucket.
    pub bucket: String,
    /// The directory in the bucket as a user writes it after `remote:bucket/`; empty for all of the bucket.
    pub prefix: String,
    /// `https://host[:port][/path]`; without a scheme `https` is meant. `None`: AWS in [`Self::region`].
    pub endpoint: Option<String>,
    /// The region that signatures are for.
    pub region: String,
    /// The region that a new bucket is asked for; `None` leaves it to the store.
    pub location_constraint: Option<String>,
    /// Who we are.
    pub credentials: S3Credentials,
    /// Whether the bucket stands in the path (`host/bucket/key`) or before the host (`bucket.host/key`).
    pub force_path_style: bool,
    /// A canned ACL for new objects, such as `private`.
    pub acl: Option<String>,
    /// A canned ACL for a new bucket.
    pub bucket_acl: Option<String>,
    /// `STANDARD_IA` and the like.
    pub storage_class: Option<String>,
    /// `AES256` or `aws:kms`.
    pub server_side_encryption: Option<String>,
    /// The key for `aws:kms`.
    pub sse_kms_key_id: Option<String>,
    /// Whether we pay for requests to somebody else's bucket.
    pub requester_pays: bool,
    /// Whether [`prepare`](podfs_sync::Remote::prepare) leaves the bucket alone.
    pub no_check_bucket: bool,
    /// Files that large or larger are not hashed as a whole before they are uploaded in parts, so that no
    /// `X-Amz-Meta-Md5chksum` is stored with them.
    pub disable_checksum: bool,
    /// 1 or 2: `ListObjects` or `ListObjectsV2`.
    pub list_version: u8,
    /// Whether keys are asked for in URL encoding. Off only for stores that do not know it.
    pub list_url_encode: bool,
    /// Keys per listing request.
    pub list_chunk: u16,
    /// Bytes per part of a multipart upload, at least 5 MiB; grows so that 10,000 parts suffice.
    pub chunk_size: u64,
    /// Parts of one file that are sent at a time.
    pub upload_concurrency: usize,
    /// Files larger than this are uploaded in parts. More than [`Self::buffer_memory`] / 4 is not held in memory
    /// for one file, whatever is set here.
    pub upload_cutoff: u64,
    /// How file names are spelled in keys.
    pub encoding: Mask,
    /// Bytes of file content held in memory by all transfers together.
    pub buffer_memory: usize,
    /// Connections that transfers keep busy; what goes beyond waits for its turn in the caller.
    pub limits: TimeLimits,
    /// How often to try again.
    pub retry: RetryPolicy,
}

impl S3Options {
    /// The defaults for a bucket on a store of one's own.
    pub fn new(bucket: impl Into<String>, region: impl Into<String>, credentials: S3Credentials) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: String::new(),
            endpoint: None,
            region: region.into(),
            location_constraint: None,
            credentials,
            force_path_style: true,
            acl: None,
            bucket_acl: None,
            storage_class: None,
            server_side_encryption: None,
            sse_kms_key_id: None,
            requester_pays: false,
            no_check_bucket: false,
            disable_checksum: false,
            list_version: 2,
            list_url_encode: true,
            list_chunk: 1000,
            chunk_size: 5 << 20,
            upload_concurrency: 4,
            upload_cutoff: 200 << 20,
            encoding: Mask::S3,
            buffer_memory: 32 << 20,
            limits: TimeLimits { connect: Duration::from_secs(5), idle: Duration::from_secs(30) },
            retry: RetryPolicy::default(),
        }
    }
}
