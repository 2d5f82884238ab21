//! A remote that answers so many requests and then none any more, as for a process that is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use podfs_sync::local::{Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::{
    Abilities, Came, Entry, ErrorKind, Listed, RelativePath, Remote, RemoteError, Small, Version,
};
use tokio::sync::{RwLock, RwLockReadGuard};

/// Passes so many requests on to `inner`.
pub(crate) struct Stopper {
    inner: Arc<dyn Remote>,
    left: AtomicI64,
    lists: bool,
    /// Held by each request that was passed on, until it is answered.
    under_way: RwLock<()>,
}

impl Stopper {
    pub(crate) fn after(inner: &Arc<dyn Remote>, requests: i64) -> Self {
        Self { inner: Arc::clone(inner), left: requests.into(), lists: true, under_way: RwLock::default() }
    }

    /// Passes on everything but a listing.
    pub(crate) fn of_listings(inner: &Arc<dyn Remote>) -> Self {
        Self { lists: false, ..Self::after(inner, i64::MAX) }
    }

    /// Whether a request was refused.
    pub(crate) fn stopped(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }

    fn take_one(&self, operation: &'static str) -> Result<(), RemoteError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Ok(());
        }
        self.left.store(-1, Ordering::SeqCst);
        Err(RemoteError::new(ErrorKind::Unreachable, operation, "the remote", "by the test"))
    }

    /// Who is refused goes on, and whoever comes next, when all that was passed on is done: a program that is killed takes its
    /// rclone with it, but these tests share one, which would go on with what nobody waits for while the next sync runs.
    async fn pass(&self, operation: &'static str) -> Result<RwLockReadGuard<'_, ()>, RemoteError> {
        match self.take_one(operation) {
            Ok(()) => Ok(self.under_way.read().await),
            Err(error) => {
                drop(self.under_way.write().await);
                Err(error)
            }
        }
    }
}

#[async_trait]
impl Remote for Stopper {
    fn label(&self) -> String {
        self.inner.label()
    }

    fn abilities(&self) -> Abilities {
        self.inner.abilities()
    }

    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError> {
        self.inner.check_name(path)
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        if !self.lists {
            self.left.store(0, Ordering::SeqCst);
        }
        match self.take_one("list") {
            Ok(()) => self.inner.list(),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        let _under_way = self.pass("look at").await?;
        self.inner.stat(path).await
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        let _under_way = self.pass("upload").await?;
        self.inner.upload(source, path).await
    }

    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        let _under_way = self.pass("copy").await?;
        self.inner.copy(from, to).await
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError> {
        let _under_way = self.pass("download").await?;
        self.inner.download(entry, target).await
    }

    /// One after the other, so that it can also end in the middle of them.
    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        let mut failed = Vec::new();
        for path in paths {
            match self.pass("delete").await {
                Ok(_under_way) => failed.extend(self.inner.delete(std::slice::from_ref(path)).await),
                Err(error) => failed.push((path.clone(), error)),
            }
        }
        failed
    }

    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Small>, RemoteError> {
        let _under_way = self.pass("read").await?;
        self.inner.read_small(path, limit).await
    }

    async fn write_small(
        &self,
        path: &RelativePath,
        content: &[u8],
        over: Option<&Version>,
    ) -> Result<Version, RemoteError> {
        let _under_way = self.pass("write").await?;
        self.inner.write_small(path, content, over).await
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        self.inner.prepare().await
    }

    fn requests(&self) -> Option<u64> {
        self.inner.requests()
    }
}
