//! A remote of its own and a folder for a contestant's state: what one sync leaves and the next may find.

use anyhow::{Context, Result};
use podfs_testkit::servers::Params;
use tempfile::TempDir;

use crate::input::Change;
use crate::lab::{Lab, Route};
use crate::scenario::Scenario;

/// The prefix that files have in their bucket.
const PREFIX: &str = "files";

/// A remote with its folder; both are gone when dropped, so that disks hold only what is needed.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    lab: &'a Lab,
    home: Home,
    /// Whether what lies in it is encrypted.
    pub(crate) encrypted: bool,
    /// Where the contestant keeps configuration and state.
    pub(crate) folder: TempDir,
}

/// Where files go.
#[derive(Debug)]
enum Home {
    /// A bucket of the server.
    Bucket(String),
    /// A folder of this machine.
    Folder(TempDir),
}

impl<'a> Place<'a> {
    /// A new remote of the kind that a scenario asks for.
    pub(crate) fn new(lab: &'a Lab, scenario: Scenario, encrypted: bool) -> Result<Self> {
        let home = if scenario.is_local() { Home::Folder(lab.new_folder()?) } else { bucket(lab)? };
        Ok(Self { lab, home, encrypted, folder: lab.new_folder()? })
    }

    /// The bucket and the prefix in it, or the folder.
    pub(crate) fn remote(&self) -> String {
        match &self.home {
            Home::Bucket(bucket) => format!("{bucket}/{PREFIX}"),
            Home::Folder(folder) => folder.path().display().to_string(),
        }
    }

    /// rclone's keys for it.
    pub(crate) fn params(&self, route: Route) -> Params {
        match &self.home {
            Home::Bucket(_) => self.lab.open(route),
            Home::Folder(_) => vec![("type".to_owned(), "local".to_owned())],
        }
    }

    /// Whether the server has what was written, asked straight, so that nobody counts it.
    pub(crate) fn has(&self, change: &Change) -> Result<bool> {
        let target = format!("/{}/{}", self.remote(), change.path);
        let answer = self.lab.server.request("GET", &target, b"").context("cannot look at the object")?;
        Ok(answer.status == 200 && answer.body == change.content)
    }
}

/// A new bucket that has taken a first object outside the prefix: the server makes room for a bucket when the first
/// object comes, and nobody should be charged for that.
fn bucket(lab: &Lab) -> Result<Home> {
    let bucket = lab.server.create_bucket("bench")?;
    lab.server.request("PUT", &format!("/{bucket}/warm-up"), b"warm-up")?;
    Ok(Home::Bucket(bucket))
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Home::Bucket(bucket) = &self.home {
            // The server is thrown away in the end anyhow; a guard has nobody to tell.
            drop(self.lab.server.request("DELETE", &format!("/{bucket}"), b""));
        }
    }
}
