//! An encrypted remote: names and contents encrypted on the way to another remote, and back.

mod check;
mod content;
mod names;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use podfs_sync::local::{Decoding, Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::remote::KeyCheck;
use podfs_sync::{Abilities, Entry, ErrorKind, Listed, RelativePath, Remote, RemoteError, Timestamp};

use super::content::{Nonce, Sealer, plain_size, sealed_size};
use super::key::Keys;
use super::names::{NameCipher, NameScheme};
use content::{Opening, Sealing};
use names::Names;

/// rclone's crypt over a remote that we reach natively.
pub struct CryptRemote {
    inner: Arc<dyn Remote>,
    keys: Arc<Keys>,
    names: Names,
}

impl CryptRemote {
    /// Encrypts what goes to `inner`. `longest` is how many bytes a name may have there, where names have a limit of
    /// their own.
    #[must_use]
    pub fn new(inner: Arc<dyn Remote>, keys: Arc<Keys>, scheme: &NameScheme, longest: Option<usize>) -> Self {
        let names = Names::new(NameCipher::new(&keys, scheme), longest);
        Self { inner, keys, names }
    }

    /// A new way out for a content, under a nonce of its own.
    fn sealer(&self, path: &RelativePath, plain_size: u64) -> Result<Sealer, RemoteError> {
        let nonce =
            Nonce::random().map_err(|cause| RemoteError::new(ErrorKind::Other, "encrypt", path, cause))?;
        Ok(Sealer::new(Arc::clone(&self.keys), nonce, plain_size))
    }

    /// The way back for what lies at `sealed`.
    fn opening(&self, path: &RelativePath, sealed: &RelativePath, size: u64) -> Result<Opening, RemoteError> {
        Opening::new(Arc::clone(&self.keys), names::located(path, sealed), size)
    }

    /// What an item of the inner remote's listing stands for. A file whose name can be read is there, also when its
    /// content cannot be.
    fn listed(&self, listed: Listed) -> Listed {
        let (sealed, found) = match listed {
            Listed::File(entry) => (entry.path.clone(), Ok(entry)),
            Listed::Unknown { path, reason } => (path, Err(reason)),
            unusable @ Listed::Unusable { .. } => return unusable,
        };
        let path = match self.names.open(&sealed) {
            Ok(path) => path,
            Err(reason) => return Listed::Unusable { name: sealed.to_string(), reason },
        };
        let opened = found.and_then(|entry| match plain_size(entry.size) {
            Ok(size) => Ok(Entry { path: path.clone(), size, ..entry }),
            Err(error) => Err(error.to_string()),
        });
        opened.map_or_else(|reason| Listed::Unknown { path, reason }, Listed::File)
    }
}

#[async_trait]
impl Remote for CryptRemote {
    fn label(&self) -> String {
        format!("encrypted {}", self.inner.label())
    }

    fn abilities(&self) -> Abilities {
        self.inner.abilities()
    }

    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError> {
        let sealed = self.names.seal("store", path)?;
        self.inner.check_name(&sealed).map_err(|error| names::relocated(error, path, &sealed))
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        self.inner.list().map(|item| item.map(|listed| self.listed(listed))).boxed()
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        let sealed = self.names.seal("look at", path)?;
        let found = self.inner.stat(&sealed).await;
        let Some(entry) = found.map_err(|error| names::relocated(error, path, &sealed))? else {
            return Ok(None);
        };
        let size = plain_size(entry.size).map_err(|error| {
            RemoteError::new(ErrorKind::Corrupt, "look at", names::located(path, &sealed), error)
        })?;
        Ok(Some(Entry { path: path.clone(), size, ..entry }))
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        let sealed = self.names.seal("upload", path)?;
        let sealing = Sealing::new(self.sealer(path, source.state().size)?);
        let uploaded = self.inner.upload(&source.encoded(Arc::new(sealing)), &sealed).await;
        uploaded.map_err(|error| names::relocated(error, path, &sealed))
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Option<Timestamp>, RemoteError> {
        let path = self.names.seal("download", &entry.path)?;
        let sealed = Entry { path, size: sealed_size(entry.size), ..entry.clone() };
        let opening = Arc::new(self.opening(&entry.path, &sealed.path, sealed.size)?);
        let decoding: Arc<dyn Decoding> = Arc::<Opening>::clone(&opening);
        let downloaded = self.inner.download(&sealed, &target.decoded(decoding)).await;
        let time = downloaded.map_err(|error| names::relocated(error, &entry.path, &sealed.path))?;
        opening.finish()?;
        Ok(time)
    }

    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        let (mut sealed, mut plain, mut failed) = (Vec::new(), HashMap::new(), Vec::new());
        for path in paths {
            match self.names.seal("delete", path) {
                Ok(name) => {
                    plain.insert(name.clone(), path);
                    sealed.push(name);
                }
                Err(error) => failed.push((path.clone(), error)),
            }
        }
        for (name, error) in self.inner.delete(&sealed).await {
            if let Some(path) = plain.get(&name) {
                failed.push(((*path).clone(), names::relocated(error, path, &name)));
            }
        }
        failed
    }

    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Vec<u8>>, RemoteError> {
        let sealed = self.names.seal("read", path)?;
        let longest = usize::try_from(sealed_size(limit as u64)).unwrap_or(usize::MAX);
        let read = self.inner.read_small(&sealed, longest).await;
        let Some(content) = read.map_err(|error| names::relocated(error, path, &sealed))? else {
            return Ok(None);
        };
        let opening = self.opening(path, &sealed, content.len() as u64)?;
        let plain = opening.decode_whole(Bytes::from(content))?;
        opening.finish()?;
        Ok(Some(plain.to_vec()))
    }

    async fn write_small(&self, path: &RelativePath, content: &[u8]) -> Result<(), RemoteError> {
        let sealed = self.names.seal("write", path)?;
        let content = content::seal_whole(&self.sealer(path, content.len() as u64)?, content);
        let written = self.inner.write_small(&sealed, &content).await;
        written.map_err(|error| names::relocated(error, path, &sealed))
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        self.inner.prepare().await
    }

    async fn check_key(&self) -> Result<KeyCheck, RemoteError> {
        check::check_key(self).await
    }

    async fn settle(&self) {
        self.inner.settle().await;
    }

    async fn is_open(&self) -> bool {
        self.inner.is_open().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }

    fn requests(&self) -> Option<u64> {
        self.inner.requests()
    }
}
