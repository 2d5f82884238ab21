//! A remote on which one file meets trouble: always, not only when threads happen to meet.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use podfs_sync::local::{Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::{
    Abilities, Came, Entry, ErrorKind, Listed, RelativePath, Remote, RemoteError, Small, Version,
};

/// What happens to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Somebody writes to it after the engine has opened it and before `inner` reads it.
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

/// Passes everything on to `inner`, but for what `victim` meets.
pub(crate) struct Meddler {
    pub(crate) inner: Arc<dyn Remote>,
    pub(crate) victim: PathBuf,
    pub(crate) trouble: Trouble,
}

impl Meddler {
    fn is_victim(&self, path: &RelativePath) -> bool {
        self.victim.ends_with(path.as_path())
    }

    fn untell(&self, item: Listed) -> Listed {
        match item {
            Listed::File(Entry { path, .. }) if self.trouble == Trouble::Untold && self.is_victim(&path) => {
                Listed::Unknown { path, reason: "by the test".to_owned() }
            }
            other => other,
        }
    }

    fn meddle(&self, operation: &'static str, path: &RelativePath) -> Result<(), RemoteError> {
        if !self.is_victim(path) {
            return Ok(());
        }
        match self.trouble {
            Trouble::Unnameable | Trouble::Untold => Ok(()),
            Trouble::Unsendable if operation != "upload" => Ok(()),
            Trouble::Unsendable => Err(RemoteError::new(ErrorKind::Other, operation, path, "by the test")),
            Trouble::Fails(kind) => Err(RemoteError::new(kind, operation, path, "by the test")),
            Trouble::WrittenTo => {
                let mut file = std::fs::OpenOptions::new().append(true).open(&self.victim).unwrap();
                file.write_all(b"and more").unwrap();
                Ok(())
            }
        }
    }
}

#[async_trait]
impl Remote for Meddler {
    fn label(&self) -> String {
        self.inner.label()
    }

    fn abilities(&self) -> Abilities {
        self.inner.abilities()
    }

    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError> {
        if self.trouble == Trouble::Unnameable && self.is_victim(path) {
            return Err(RemoteError::new(ErrorKind::Unsupported, "name", path, "by the test"));
        }
        self.inner.check_name(path)
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        let listing = self.inner.list();
        listing.map_ok(|item| self.untell(item)).boxed()
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        self.inner.stat(path).await
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        self.meddle("upload", path)?;
        self.inner.upload(source, path).await
    }

    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        self.meddle("copy", to)?;
        self.inner.copy(from, to).await
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError> {
        self.meddle("download", &entry.path)?;
        self.inner.download(entry, target).await
    }

    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        self.inner.delete(paths).await
    }

    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Small>, RemoteError> {
        self.inner.read_small(path, limit).await
    }

    async fn write_small(
        &self,
        path: &RelativePath,
        content: &[u8],
        over: Option<&Version>,
    ) -> Result<Version, RemoteError> {
        self.inner.write_small(path, content, over).await
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        self.inner.prepare().await
    }

    fn requests(&self) -> Option<u64> {
        self.inner.requests()
    }
}
