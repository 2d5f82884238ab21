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
use podfs_sync::{
    Abilities, Came, Entry, ErrorKind, Listed, Modified, RelativePath, Remote, RemoteError, Small, Version,
};

use super::content::{Nonce, Sealer, plain_size, sealed_size};
use super::key::Keys;
use super::names::{NameCipher, NameScheme};
use content::{Opening, Sealing};
use names::Names;

/// rclone's crypt over a remote that we reach natively.
pub struct CryptRemote {
    inner: Arc<dyn Remote>,
    /// Where the encryption begins, when this remote is a directory below it whose own name is encrypted.
    root: Option<Arc<dyn Remote>>,
    keys: Arc<Keys>,
    names: Names,
}

impl CryptRemote {
    /// Encrypts what goes to `inner`. `longest` is how many bytes a name may have there, where names have a limit of
    /// their own.
    #[must_use]
    pub fn new(inner: Arc<dyn Remote>, keys: Arc<Keys>, scheme: &NameScheme, longest: Option<usize>) -> Self {
        let names = Names::new(NameCipher::new(&keys, scheme), longest);
        Self { inner, root: None, keys, names }
    }

    /// A directory below `root`, where the encryption begins. Its own name is encrypted, so that a wrong key leads to
    /// another directory, and only what else lies below `root` tells that it is wrong.
    #[must_use]
    pub fn below(self, root: Arc<dyn Remote>) -> Self {
        Self { root: Some(root), ..self }
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

    /// An entry of the inner remote as what it stands for.
    fn listed(&self, entry: Entry) -> Listed {
        match self.names.open(&entry.path) {
            Ok(path) => Listed::File(plain_entry(path, entry)),
            Err(reason) => Listed::Unusable { name: entry.path.to_string(), reason },
        }
    }

    /// An object that was cut off changed on the way, for the inner remote; here it is known for what it is.
    async fn explain(&self, error: RemoteError, path: &RelativePath, sealed: &RelativePath) -> RemoteError {
        if matches!(error.kind, ErrorKind::Corrupt | ErrorKind::SourceChanged)
            && let Ok(Some(found)) = self.inner.stat(sealed).await
            && let Err(cause) = plain_size(found.size)
        {
            return content::damaged(&names::located(path, sealed), &cause);
        }
        names::relocated(error, path, sealed)
    }
}

/// An object of a size that no encrypted file has is a file all the same, and may be anything: it is replaced by a sync
/// to the remote, and fails when it is read. Left out, it would count as deleted.
fn plain_entry(path: RelativePath, entry: Entry) -> Entry {
    match plain_size(entry.size) {
        Ok(size) => Entry { path, size, ..entry },
        Err(_) => Entry { path, size: entry.size, modified: Modified::Unknown, tag: None },
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
        let listed = |listed| match listed {
            Listed::File(entry) => self.listed(entry),
            Listed::Unknown { path, reason } => match self.names.open(&path) {
                Ok(path) => Listed::Unknown { path, reason },
                Err(reason) => Listed::Unusable { name: path.to_string(), reason },
            },
            unusable @ Listed::Unusable { .. } => unusable,
        };
        self.inner.list().map(move |item| item.map(listed)).boxed()
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        let sealed = self.names.seal("look at", path)?;
        let found = self.inner.stat(&sealed).await;
        let found = found.map_err(|error| names::relocated(error, path, &sealed))?;
        Ok(found.map(|entry| plain_entry(path.clone(), entry)))
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        let sealed = self.names.seal("upload", path)?;
        let sealer = self.sealer(path, source.state().size)?;
        let nonce = Some(*sealer.nonce().as_bytes());
        let uploaded = self.inner.upload(&source.encoded(Arc::new(Sealing::new(sealer))), &sealed).await;
        let stored = uploaded.map_err(|error| names::relocated(error, path, &sealed))?;
        // One that went on where an earlier one stopped has the nonce of that.
        Ok(Stored { nonce: stored.nonce.or(nonce), ..stored })
    }

    /// The same sealed bytes under another name: nothing in them says what they were called.
    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        let sealed = self.names.seal("copy", to)?;
        let path = self.names.seal("copy", &from.path)?;
        let from = Entry { path, size: sealed_size(from.size), ..from.clone() };
        let copied = self.inner.copy(&from, &sealed).await;
        copied.map_err(|error| names::relocated(error, to, &sealed))
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError> {
        let path = self.names.seal("download", &entry.path)?;
        let sealed = Entry { path, size: sealed_size(entry.size), ..entry.clone() };
        let opening = Arc::new(self.opening(&entry.path, &sealed.path, sealed.size)?);
        let decoding: Arc<dyn Decoding> = Arc::<Opening>::clone(&opening);
        let downloaded = self.inner.download(&sealed, &target.decoded(decoding)).await;
        match downloaded.and_then(|came| opening.finish().map(|()| came)) {
            Ok(came) => Ok(Came { nonce: opening.nonce(), ..came }),
            Err(error) => Err(self.explain(error, &entry.path, &sealed.path).await),
        }
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

    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Small>, RemoteError> {
        let sealed = self.names.seal("read", path)?;
        let longest = usize::try_from(sealed_size(limit as u64)).unwrap_or(usize::MAX);
        let read = self.inner.read_small(&sealed, longest).await;
        let Some(Small { content, version }) =
            read.map_err(|error| names::relocated(error, path, &sealed))?
        else {
            return Ok(None);
        };
        let opening = self.opening(path, &sealed, content.len() as u64)?;
        let plain = opening.decode_whole(Bytes::from(content))?;
        opening.finish()?;
        Ok(Some(Small { content: plain.to_vec(), version }))
    }

    async fn write_small(
        &self,
        path: &RelativePath,
        content: &[u8],
        over: Option<&Version>,
    ) -> Result<Version, RemoteError> {
        let sealed = self.names.seal("write", path)?;
        let content = content::seal_whole(&self.sealer(path, content.len() as u64)?, content);
        let written = self.inner.write_small(&sealed, &content, over).await;
        written.map_err(|error| names::relocated(error, path, &sealed))
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        self.inner.prepare().await
    }

    async fn check_key(&self) -> Result<KeyCheck, RemoteError> {
        check::check_key(self).await
    }

    async fn tidy(&self, gone: &[RelativePath]) {
        let sealed = gone.iter().filter_map(|path| self.names.seal("remove what was left of", path).ok());
        self.inner.tidy(&sealed.collect::<Vec<_>>()).await;
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
