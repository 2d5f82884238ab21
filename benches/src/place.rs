//! A bucket of its own and a folder for a contestant's state: what one sync leaves and the next may find.

use anyhow::Result;
use podfs_testkit::servers::S3Server;
use tempfile::TempDir;

use crate::lab::Lab;

/// The prefix that files have in their bucket.
const PREFIX: &str = "files";

/// A bucket with its folder; both are gone when dropped, so that the server's disk holds only what is needed.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    server: &'a S3Server,
    bucket: String,
    /// Whether what lies in it is encrypted.
    pub(crate) encrypted: bool,
    /// Where the contestant keeps configuration and state.
    pub(crate) folder: TempDir,
}

impl<'a> Place<'a> {
    /// A new bucket that has taken a first object outside the prefix: the server makes room for a bucket when the
    /// first object comes, and nobody should be charged for that.
    pub(crate) fn new(lab: &'a Lab, encrypted: bool) -> Result<Self> {
        let folder = lab.new_folder()?;
        let bucket = lab.server.create_bucket("bench")?;
        let place = Self { server: &lab.server, bucket, encrypted, folder };
        lab.server.request("PUT", &format!("/{}/warm-up", place.bucket), b"warm-up")?;
        Ok(place)
    }

    /// The bucket and the prefix in it.
    pub(crate) fn remote(&self) -> String {
        format!("{}/{PREFIX}", self.bucket)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // The server is thrown away in the end anyhow; a guard has nobody to tell.
        drop(self.server.request("DELETE", &format!("/{}", self.bucket), b""));
    }
}
