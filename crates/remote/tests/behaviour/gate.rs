//! A remote at which a sync waits at one of its requests until somebody else is done.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::BoxStream;
use podfs_sync::local::{Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::{Abilities, Came, Entry, Listed, RelativePath, Remote, RemoteError, Small, Version};
use tokio::sync::oneshot;

/// Right before which request it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A head is written, after so many others.
    Head(usize),
    /// Something is deleted.
    Delete,
}

/// Passes everything on to `inner`.
pub(crate) struct Gate {
    inner: Arc<dyn Remote>,
    /// Taken when the moment has come.
    closed: Mutex<Option<Closed>>,
}

struct Closed {
    moment: Moment,
    reached: oneshot::Sender<()>,
    open: oneshot::Receiver<()>,
}

/// The side of those who come in between.
pub(crate) struct Keeper {
    reached: oneshot::Receiver<()>,
    open: oneshot::Sender<()>,
}

impl Keeper {
    /// Does this when the sync has come to the gate, and lets it go on.
    pub(crate) async fn meanwhile<T>(self, other: impl Future<Output = T>) -> T {
        self.reached.await.unwrap();
        let result = other.await;
        self.open.send(()).unwrap();
        result
    }
}

impl Gate {
    pub(crate) fn before(moment: Moment, inner: &Arc<dyn Remote>) -> (Self, Keeper) {
        let (reached, is_reached) = oneshot::channel();
        let (open, is_open) = oneshot::channel();
        let closed = Mutex::new(Some(Closed { moment, reached, open: is_open }));
        (Self { inner: Arc::clone(inner), closed }, Keeper { reached: is_reached, open })
    }

    async fn pass(&self, delete: bool) {
        let here = {
            let mut closed = self.closed.lock().unwrap();
            match closed.as_mut().map(|closed| &mut closed.moment) {
                Some(Moment::Head(0)) if !delete => closed.take(),
                Some(Moment::Delete) if delete => closed.take(),
                Some(Moment::Head(left)) if !delete => {
                    *left -= 1;
                    None
                }
                _ => None,
            }
        };
        if let Some(Closed { reached, open, .. }) = here {
            reached.send(()).unwrap();
            open.await.unwrap();
        }
    }
}

#[async_trait]
impl Remote for Gate {
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
        self.inner.list()
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        self.inner.stat(path).await
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        self.inner.upload(source, path).await
    }

    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        self.inner.copy(from, to).await
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError> {
        self.inner.download(entry, target).await
    }

    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        self.pass(true).await;
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
        self.pass(false).await;
        self.inner.write_small(path, content, over).await
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        self.inner.prepare().await
    }

    fn requests(&self) -> Option<u64> {
        self.inner.requests()
    }
}
