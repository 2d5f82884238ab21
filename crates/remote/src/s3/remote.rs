//! A directory of a bucket as a [`Remote`].

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use podfs_sync::local::{Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::{
    Abilities, Came, Entry, Listed, Modified, RelativePath, Remote, RemoteError, Small, Version,
};

use super::options::S3Options;
use super::small::Extent;
use super::store::Store;
use super::{bucket, conditional, copy, delete, download, list, objects, resume, small, upload};

/// How many files at once suit a store that may be far away and counts no connections: most of them are waited for.
const TRANSFERS: NonZeroUsize = NonZeroUsize::new(32).unwrap();
/// How long the parts of uploads that were given up may take to be thrown away.
const SETTLING: Duration = Duration::from_secs(4);

/// A directory of an S3 bucket. Clones share connections, memory and counters.
#[derive(Debug, Clone)]
pub struct S3Remote {
    store: Arc<Store>,
}

impl S3Remote {
    /// Gets ready to use a bucket; nothing is sent yet.
    ///
    /// # Errors
    /// [`Configuration`](podfs_sync::ErrorKind::Configuration) when an option makes no sense.
    pub fn new(options: S3Options) -> Result<Self, RemoteError> {
        Ok(Self { store: Arc::new(Store::new(options)?) })
    }
}

#[async_trait]
impl Remote for S3Remote {
    fn label(&self) -> String {
        let prefix = self.store.keys.prefix().trim_end_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        let bucket = &self.store.options.bucket;
        format!("s3 {bucket}{slash}{prefix} at {} (native)", self.store.address.shown())
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            time_precision: Some(Duration::from_nanos(1)),
            flat: true,
            delete_batch: delete::BATCH,
            copies: true,
            transfers: TRANSFERS,
        }
    }

    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError> {
        self.store.key("upload", path).map(|_| ())
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        list::list(&self.store).boxed()
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        let key = self.store.key("look at", path)?;
        match objects::head(&self.store, &key).await {
            Ok(head) => {
                let (size, modified, tag) = (head.size, head.modified, head.tag);
                Ok(Some(Entry { path: path.clone(), size, modified, tag }))
            }
            Err(fault) if fault.is_missing_object() => Ok(None),
            Err(fault) => Err(self.store.doing("look at", path).failed(fault)),
        }
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        upload::upload(&self.store, source, path).await
    }

    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        copy::copy(&self.store, from, to).await
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError> {
        match download::download(&self.store, entry, target).await? {
            Modified::At(time) | Modified::StoredAt(time) => Ok(Some(time).into()),
            Modified::Ask | Modified::Unknown => Ok(Came::default()),
        }
    }

    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        delete::delete(&self.store, paths).await
    }

    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Small>, RemoteError> {
        let key = self.store.key("read", path)?;
        small::read(&self.store, path, &key, Extent::Whole(limit)).await
    }

    async fn read_start(&self, path: &RelativePath, length: usize) -> Result<Option<Vec<u8>>, RemoteError> {
        let key = self.store.key("read", path)?;
        let start = small::read(&self.store, path, &key, Extent::Start(length)).await?;
        Ok(start.map(|start| start.content))
    }

    async fn write_small(
        &self,
        path: &RelativePath,
        content: &[u8],
        over: Option<&Version>,
    ) -> Result<Version, RemoteError> {
        let key = self.store.key("write", path)?;
        conditional::write(&self.store, path, &key, Bytes::copy_from_slice(content), over).await
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        bucket::prepare(&self.store).await?;
        resume::tidy(&self.store).await;
        Ok(())
    }

    async fn settle(&self) {
        let mut given_up = self.store.given_up.subscribe();
        // What takes longer than this costs a little money, but keeps nobody waiting.
        let _ = tokio::time::timeout(SETTLING, given_up.wait_for(|count| *count == 0)).await;
    }

    fn requests(&self) -> Option<u64> {
        Some(self.store.wire.requests())
    }
}
