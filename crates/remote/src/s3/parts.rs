//! Large files, part by part: several at a time, each sent again by itself, thrown away together.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use podfs_sync::local::Source;
use podfs_sync::manifest::Stored;
use podfs_sync::{ErrorKind, RelativePath, RemoteError};

use super::checksum::Sum;
use super::file_sum::FileSums;
use super::multipart::{self, Part};
use super::store::Store;
use super::upload::{check_tag, stored};
use super::{checksum, file_body, file_body::FileBody, file_sum, objects};
use crate::transport::Fault;

/// Puts the content of a large file at `path`.
pub(super) async fn upload(
    store: &Arc<Store>,
    source: &Source,
    path: &RelativePath,
    key: &str,
) -> Result<Stored, RemoteError> {
    let doing = store.doing("upload", path);
    let state = source.state();
    let sums = match store.settings().disable_checksum {
        true => None,
        false => Some(sums(store, source).await?),
    };
    source.check_unchanged()?;
    let begun = multipart::begin(store, key, state.modified, sums.as_ref().map(|sums| &sums.whole)).await;
    let upload = Upload {
        id: begun.map_err(|fault| doing.failed(fault))?,
        key: key.to_owned(),
        store: Arc::clone(store),
        open: true,
    };
    match upload.run(source, path, sums.map(|sums| sums.parts).unwrap_or_default()).await {
        Ok(tag) => {
            upload.finish();
            Ok(stored(tag.as_deref()))
        }
        Err(error) => {
            upload.abort().await;
            Err(error)
        }
    }
}

/// The sums of a file and its parts, which takes reading it once more, as rclone does.
async fn sums(store: &Store, source: &Source) -> Result<FileSums, RemoteError> {
    let _held = store.memory.take(file_sum::MEMORY).await;
    file_sum::of(source, store.settings().part_size(source.size())).await
}

/// An upload that has begun. Dropped before its end, it is thrown away in the background.
struct Upload {
    store: Arc<Store>,
    key: String,
    id: String,
    open: bool,
}

impl Upload {
    /// Sends the parts, whose sums are `known` or computed on the way.
    async fn run(
        &self,
        source: &Source,
        path: &RelativePath,
        known: Vec<Sum>,
    ) -> Result<Option<String>, RemoteError> {
        let size = source.size();
        let part_size = self.store.settings().part_size(size);
        let count = u32::try_from(size.div_ceil(part_size)).unwrap_or(u32::MAX);
        let known = known.into_iter().map(Some).chain(std::iter::repeat(None));
        let sends = (0..count).zip(known).map(|(index, known)| {
            let offset = u64::from(index) * part_size;
            let body = FileBody::new(source, offset, part_size.min(size - offset), known);
            self.send(source, path, index + 1, body)
        });
        let concurrency = usize::try_from(self.store.settings().upload_concurrency).unwrap_or(1).max(1);
        let mut parts: Vec<Part> =
            futures::stream::iter(sends).buffer_unordered(concurrency).try_collect().await?;
        parts.sort_unstable_by_key(|part| part.number);
        source.check_unchanged()?;
        self.complete(path, &parts).await
    }

    async fn send(
        &self,
        source: &Source,
        path: &RelativePath,
        number: u32,
        body: FileBody,
    ) -> Result<Part, RemoteError> {
        let doing = self.store.doing("upload", path);
        let _held = self.store.memory.take(file_body::MEMORY).await;
        let sent = multipart::send(&self.store, &self.key, &self.id, number, body.payload()).await;
        let sum = body.outcome()?;
        let tag = sent.map_err(|fault| doing.failed(fault))?;
        let sum = sum.ok_or_else(|| doing.error(ErrorKind::Corrupt, "the store took less than a part"))?;
        if let Err(detail) = check_tag(&self.store, Some(&tag), &sum) {
            // Between its two readings the file may have changed, which says more.
            source.check_unchanged()?;
            return Err(doing.error(ErrorKind::Corrupt, detail));
        }
        Ok(Part { number, tag, sum })
    }

    /// Gives the tag of the whole object.
    async fn complete(&self, path: &RelativePath, parts: &[Part]) -> Result<Option<String>, RemoteError> {
        let doing = self.store.doing("upload", path);
        let fault = match multipart::complete(&self.store, &self.key, &self.id, parts).await {
            Ok(tag) => return Ok(tag),
            Err(fault) => fault,
        };
        // The answer to an earlier attempt may have been lost: then the object is there already.
        if is_lost_upload(&fault)
            && let Some(tag) = self.is_there(parts).await
        {
            return Ok(Some(tag));
        }
        Err(doing.failed(fault))
    }

    /// The tag of the object that stands there now, if it is made of these very parts.
    async fn is_there(&self, parts: &[Part]) -> Option<String> {
        let sums: Vec<Sum> = parts.iter().map(|part| part.sum).collect();
        let expected = checksum::tag_of_parts(&sums);
        let head = objects::head(&self.store, &self.key).await.ok()?;
        head.tag.filter(|tag| *tag == expected)
    }

    fn finish(mut self) {
        self.open = false;
    }

    async fn abort(mut self) {
        self.open = false;
        forget(&self.store, &self.key, &self.id).await;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.open {
            let (store, key, id) = (Arc::clone(&self.store), self.key.clone(), self.id.clone());
            store.given_up.send_modify(|count| *count += 1);
            runtime.spawn(async move {
                forget(&store, &key, &id).await;
                store.given_up.send_modify(|count| *count -= 1);
            });
        }
    }
}

/// Parts that stay behind cost money, but harm nothing.
async fn forget(store: &Store, key: &str, id: &str) {
    if let Err(fault) = multipart::abort(store, key, id).await {
        tracing::warn!(key, %fault, "the parts of an unfinished upload stay in the bucket");
    }
}

/// Whether the upload is gone: thrown away, or finished already.
fn is_lost_upload(fault: &Fault) -> bool {
    fault.answer().is_some_and(|answer| answer.code == "NoSuchUpload")
}
