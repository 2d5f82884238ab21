//! A remote that passes every request on to another one, but for what a test puts between.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use podfs_sync::local::{Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::{Abilities, Came, Entry, Listed, RelativePath, Remote, RemoteError, Small, Version};
use tokio::sync::RwLockReadGuard;

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Look,
    Upload,
    Copy,
    Download,
    Delete,
    Read,
    Write,
}

/// What a request holds until it is answered.
pub(crate) type UnderWay<'a> = Option<RwLockReadGuard<'a, ()>>;

/// What comes between a sync and its remote: nothing, where a method does not say so.
#[async_trait]
pub(crate) trait Between: Send + Sync {
    /// Right before a request about `path`, the first of those that are deleted. An error is all the answer that it gets.
    async fn pass<'a>(
        &'a self,
        operation: Operation,
        path: &RelativePath,
    ) -> Result<UnderWay<'a>, RemoteError>;

    /// Right before a listing.
    fn pass_listing(&self) -> Result<(), RemoteError> {
        Ok(())
    }

    fn listed(&self, item: Listed) -> Listed {
        item
    }

    fn check_name(&self, _path: &RelativePath) -> Result<(), RemoteError> {
        Ok(())
    }

    /// How many files one request deletes at most.
    fn deletes_at_once(&self) -> usize {
        usize::MAX
    }
}

/// Passes everything on to `inner`.
pub(crate) struct Relay<B> {
    inner: Arc<dyn Remote>,
    between: B,
}

impl<B: Between> Relay<B> {
    pub(crate) fn new(inner: &Arc<dyn Remote>, between: B) -> Self {
        Self { inner: Arc::clone(inner), between }
    }
}

impl<B> Deref for Relay<B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.between
    }
}

#[async_trait]
impl<B: Between> Remote for Relay<B> {
    fn label(&self) -> String {
        self.inner.label()
    }

    fn abilities(&self) -> Abilities {
        self.inner.abilities()
    }

    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError> {
        self.between.check_name(path)?;
        self.inner.check_name(path)
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        match self.between.pass_listing() {
            Ok(()) => self.inner.list().map_ok(|item| self.between.listed(item)).boxed(),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        let _under_way = self.between.pass(Operation::Look, path).await?;
        self.inner.stat(path).await
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        let _under_way = self.between.pass(Operation::Upload, path).await?;
        self.inner.upload(source, path).await
    }

    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        let _under_way = self.between.pass(Operation::Copy, to).await?;
        self.inner.copy(from, to).await
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError> {
        let _under_way = self.between.pass(Operation::Download, &entry.path).await?;
        self.inner.download(entry, target).await
    }

    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        let mut failed = Vec::new();
        for paths in paths.chunks(self.between.deletes_at_once()) {
            let Some(first) = paths.first() else { break };
            match self.between.pass(Operation::Delete, first).await {
                Ok(_under_way) => failed.extend(self.inner.delete(paths).await),
                Err(error) => failed.push((first.clone(), error)),
            }
        }
        failed
    }

    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Small>, RemoteError> {
        let _under_way = self.between.pass(Operation::Read, path).await?;
        self.inner.read_small(path, limit).await
    }

    async fn write_small(
        &self,
        path: &RelativePath,
        content: &[u8],
        over: Option<&Version>,
    ) -> Result<Version, RemoteError> {
        let _under_way = self.between.pass(Operation::Write, path).await?;
        self.inner.write_small(path, content, over).await
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        self.inner.prepare().await
    }

    fn requests(&self) -> Option<u64> {
        self.inner.requests()
    }
}
