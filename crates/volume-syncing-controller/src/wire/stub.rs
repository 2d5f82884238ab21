//! A remote that holds nothing, until the real ones land.

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use podfs_sync::local::{Source, Target};
use podfs_sync::{Abilities, Entry, ErrorKind, Listed, RelativePath, Remote, RemoteError};

/// Where the real one would be.
pub(super) struct Stub {
    pub(super) path: String,
}

impl Stub {
    fn refuse(&self, operation: &'static str) -> RemoteError {
        RemoteError::new(ErrorKind::Unsupported, operation, &self.path, "")
    }
}

#[async_trait]
impl Remote for Stub {
    fn label(&self) -> String {
        format!("local {} (stub)", self.path)
    }

    fn abilities(&self) -> Abilities {
        Abilities { time_precision: None, file_beside_folder: false, delete_batch: 1 }
    }

    fn check_name(&self, _path: &RelativePath) -> Result<(), RemoteError> {
        Ok(())
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        stream::empty().boxed()
    }

    async fn stat(&self, _path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        Ok(None)
    }

    async fn upload(&self, _source: &Source, _path: &RelativePath) -> Result<(), RemoteError> {
        Err(self.refuse("upload"))
    }

    async fn download(&self, _entry: &Entry, _target: &Target) -> Result<(), RemoteError> {
        Err(self.refuse("download"))
    }

    async fn delete(&self, _paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        Vec::new()
    }

    async fn read_small(&self, _path: &RelativePath, _limit: usize) -> Result<Option<Vec<u8>>, RemoteError> {
        Ok(None)
    }

    async fn write_small(&self, _path: &RelativePath, _content: &[u8]) -> Result<(), RemoteError> {
        Err(self.refuse("write"))
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        Ok(())
    }

    fn requests(&self) -> Option<u64> {
        Some(0)
    }
}
