//! One folder behind one server of each protocol, for all tests of a process: starting a server for each takes longer than most
//! tests do.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use super::RcloneServer;
use super::scratch::Scratch;

/// Serves the folder that holds those of all tests.
type Serve = fn(&Path) -> Result<RcloneServer>;

/// The folder, with its servers; each starts when it is asked for first.
#[derive(Debug)]
pub struct SharedFolder {
    scratch: Scratch,
    sftp: OnceLock<Result<RcloneServer>>,
    webdav: OnceLock<Result<RcloneServer>>,
    ftp: OnceLock<Result<RcloneServer>>,
}

impl SharedFolder {
    /// The one of this process.
    pub fn get() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<SharedFolder>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| {
            let (sftp, webdav, ftp) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
            Ok(Self { scratch: Scratch::new()?, sftp, webdav, ftp })
        });
        shared.as_ref().map_err(|error| anyhow!("no shared folder: {error:#}"))
    }

    /// Where it is: a test makes a folder of its own there.
    pub fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// The folder over SFTP.
    pub fn sftp(&self) -> Result<&RcloneServer> {
        self.server(&self.sftp, RcloneServer::sftp)
    }

    /// The folder over WebDAV.
    pub fn webdav(&self) -> Result<&RcloneServer> {
        self.server(&self.webdav, RcloneServer::webdav)
    }

    /// The folder over FTP.
    pub fn ftp(&self) -> Result<&RcloneServer> {
        self.server(&self.ftp, RcloneServer::ftp)
    }

    fn server<'a>(
        &self,
        started: &'a OnceLock<Result<RcloneServer>>,
        serve: Serve,
    ) -> Result<&'a RcloneServer> {
        let server = started.get_or_init(|| serve(self.path()));
        server.as_ref().map_err(|error| anyhow!("no shared server: {error:#}"))
    }
}
