//! The kinds of remotes that the suite runs over, each on a real server of its own or a shared one.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use podfs_remote::local::LocalRemote;
use podfs_sync::Remote;

/// A kind of remote, and the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A folder, natively.
    Local,
}

/// A fresh remote of some kind, and what keeps it alive.
pub(crate) struct Opened {
    pub(crate) remote: Arc<dyn Remote>,
}

impl Place {
    /// An empty remote that exists; `folder` is the test's own.
    pub(crate) async fn open(self, folder: &Path) -> Result<Opened> {
        let remote: Arc<dyn Remote> = match self {
            Self::Local => Arc::new(LocalRemote::new(&folder.join("remote/some/where"))),
        };
        remote.prepare().await?;
        Ok(Opened { remote })
    }
}
