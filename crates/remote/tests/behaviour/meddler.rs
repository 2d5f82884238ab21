//! A remote on which one file meets trouble: always, not only when threads happen to meet.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use podfs_sync::{Entry, ErrorKind, Listed, RelativePath, Remote, RemoteError};

use crate::relay::{Between, Operation, Relay, UnderWay};

/// What happens to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Somebody writes to it after the engine has opened it and before the remote reads it.
    WrittenTo,
    /// Neither upload nor download works.
    Fails(ErrorKind),
    /// Its content cannot be sent.
    Unsendable,
    /// The store cannot hold its name.
    Unnameable,
    /// The listing shows it, but not how large it is, as with documents that exist only online.
    Untold,
}

pub(crate) struct Meddler {
    victim: PathBuf,
    trouble: Trouble,
}

impl Meddler {
    pub(crate) fn of(inner: &Arc<dyn Remote>, victim: PathBuf, trouble: Trouble) -> Relay<Self> {
        Relay::new(inner, Self { victim, trouble })
    }

    fn is_victim(&self, path: &RelativePath) -> bool {
        self.victim.ends_with(path.as_path())
    }

    fn meddle(&self, operation: Operation, path: &RelativePath) -> Result<(), RemoteError> {
        let fails = |kind| Err(RemoteError::new(kind, "move", path, "by the test"));
        match self.trouble {
            Trouble::Unsendable if operation == Operation::Upload => fails(ErrorKind::Other),
            Trouble::Unnameable | Trouble::Untold | Trouble::Unsendable => Ok(()),
            Trouble::Fails(kind) => fails(kind),
            Trouble::WrittenTo => {
                let mut file = std::fs::OpenOptions::new().append(true).open(&self.victim).unwrap();
                file.write_all(b"and more").unwrap();
                Ok(())
            }
        }
    }
}

#[async_trait]
impl Between for Meddler {
    async fn pass<'a>(
        &'a self,
        operation: Operation,
        path: &RelativePath,
    ) -> Result<UnderWay<'a>, RemoteError> {
        let moves = matches!(operation, Operation::Upload | Operation::Copy | Operation::Download);
        if moves && self.is_victim(path) {
            self.meddle(operation, path)?;
        }
        Ok(None)
    }

    fn listed(&self, item: Listed) -> Listed {
        match item {
            Listed::File(Entry { path, .. }) if self.trouble == Trouble::Untold && self.is_victim(&path) => {
                Listed::Unknown { path, reason: "by the test".to_owned() }
            }
            other => other,
        }
    }

    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError> {
        if self.trouble == Trouble::Unnameable && self.is_victim(path) {
            return Err(RemoteError::new(ErrorKind::Unsupported, "name", path, "by the test"));
        }
        Ok(())
    }
}
