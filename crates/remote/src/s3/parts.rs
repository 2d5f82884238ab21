//! Large files, part by part: several at a time, each sent again by itself, kept for another attempt or thrown away
//! together.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use http::{HeaderMap, HeaderName, HeaderValue};
use podfs_sync::local::Source;
use podfs_sync::manifest::Stored;
use podfs_sync::{ErrorKind, RelativePath, RemoteError};

use super::checksum::Sum;
use super::file_sum::FileSums;
use super::journal::Begun;
use super::multipart::{self, Part};
use super::store::Store;
use super::upload::{check_tag, describe, stored};
use super::{checksum, file_body, file_body::FileBody, file_sum, objects, resume};
use crate::transport::Fault;

/// Puts the content of a large file at `path`, from where an earlier upload of it stopped, if there was one.
pub(super) async fn upload(
    store: &Arc<Store>,
    source: &Source,
    path: &RelativePath,
    key: &str,
) -> Result<Stored, RemoteError> {
    let (source, upload, known, there) = match resume::earlier(store, source, path, key).await? {
        Some(earlier) => {
            let upload = Upload::new(store, key, earlier.upload, true);
            (earlier.source, upload, Some(earlier.sums), earlier.there)
        }
        None => {
            let (upload, sums) = begin(store, source, path, key).await?;
            (source.clone(), upload, sums, Vec::new())
        }
    };
    let known = known.map(|sums| sums.parts).unwrap_or_default();
    match upload.run(&source, path, known, there).await {
        Ok(tag) => {
            upload.finish().await;
            Ok(Stored { nonce: source.nonce(), ..stored(tag.as_deref()) })
        }
        Err(error) => {
            upload.give_up(&error).await;
            Err(error)
        }
    }
}

/// Begins an upload, and notes it where that is wanted and its parts can be told again by their sums.
async fn begin(
    store: &Arc<Store>,
    source: &Source,
    path: &RelativePath,
    key: &str,
) -> Result<(Upload, Option<FileSums>), RemoteError> {
    let doing = store.doing("upload", path);
    let sums = match store.settings().disable_checksum {
        true => None,
        false => Some(sums(store, source).await?),
    };
    source.check_unchanged()?;
    let headers = headers(store, key, source, sums.as_ref()).map_err(|fault| doing.failed(fault))?;
    let id = multipart::begin(store, key, &headers).await.map_err(|fault| doing.failed(fault))?;
    let mut upload = Upload::new(store, key, id, false);
    if let Some(journal) = store.journal() {
        let (file, size, nonce) = (source.state(), source.size(), source.nonce());
        let part_size = store.settings().part_size(size);
        let (key, id) = (upload.key.as_str(), upload.id.as_str());
        let begun = Begun { key, upload: id, file, size, part_size, nonce, headers: &headers };
        upload.noted = journal.note(begun).await;
    }
    Ok((upload, sums))
}

/// What is said of the object.
pub(super) fn headers(
    store: &Store,
    key: &str,
    source: &Source,
    sums: Option<&FileSums>,
) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    describe(store, &mut headers, key, Some(source.state().modified))?;
    if let Some(FileSums { whole, .. }) = sums {
        // The tag of an object made of parts is no sum of it, so rclone keeps the sum here.
        let sum = HeaderValue::from_str(&checksum::base64(whole))
            .map_err(|cause| Fault::Request(cause.to_string()))?;
        headers.insert(HeaderName::from_static("x-amz-meta-md5chksum"), sum);
    }
    Ok(headers)
}

/// The sums of a file and its parts, which takes reading it once more, as rclone does.
pub(super) async fn sums(store: &Store, source: &Source) -> Result<FileSums, RemoteError> {
    let _held = store.memory.take(file_sum::MEMORY).await;
    file_sum::of(source, store.settings().part_size(source.size())).await
}

/// An upload that has begun. Dropped before its end, it is thrown away in the background, unless it was noted: then
/// another one goes on with it.
struct Upload {
    store: Arc<Store>,
    key: String,
    id: String,
    open: bool,
    noted: bool,
}

impl Upload {
    fn new(store: &Arc<Store>, key: &str, id: String, noted: bool) -> Self {
        Self { store: Arc::clone(store), key: key.to_owned(), id, open: true, noted }
    }

    /// Sends the parts that are not `there`, whose sums are `known` or computed on the way.
    async fn run(
        &self,
        source: &Source,
        path: &RelativePath,
        known: Vec<Sum>,
        there: Vec<Part>,
    ) -> Result<Option<String>, RemoteError> {
        let size = source.size();
        let part_size = self.store.settings().part_size(size);
        let count = u32::try_from(size.div_ceil(part_size)).unwrap_or(u32::MAX);
        let known = known.into_iter().map(Some).chain(std::iter::repeat(None));
        let is_there: BTreeSet<u32> = there.iter().map(|part| part.number).collect();
        let missing = (0..count).zip(known).filter(|(index, _)| !is_there.contains(&(index + 1)));
        let sends = missing.map(|(index, known)| {
            let offset = u64::from(index) * part_size;
            let body = FileBody::new(source, offset, part_size.min(size - offset), known);
            self.send(source, path, index + 1, body)
        });
        let concurrency = usize::try_from(self.store.settings().upload_concurrency).unwrap_or(1).max(1);
        let mut parts: Vec<Part> =
            futures::stream::iter(sends).buffer_unordered(concurrency).try_collect().await?;
        parts.extend(there);
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

    async fn finish(mut self) {
        self.open = false;
        self.forget_note().await;
    }

    /// Keeps the parts for another attempt where one can go on, else throws them away.
    async fn give_up(mut self, error: &RemoteError) {
        self.open = false;
        if self.noted && resume::can_go_on_after(error.kind) {
            return;
        }
        forget(&self.store, &self.key, &self.id).await;
        self.forget_note().await;
    }

    async fn forget_note(&self) {
        if let Some(journal) = self.store.journal().filter(|_| self.noted) {
            journal.forget(&self.key).await;
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.open && !self.noted {
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
pub(super) async fn forget(store: &Store, key: &str, id: &str) {
    if let Err(fault) = multipart::abort(store, key, id).await {
        tracing::warn!(key, %fault, "the parts of an unfinished upload stay in the bucket");
    }
}

/// Whether the upload is gone: thrown away, or finished already.
fn is_lost_upload(fault: &Fault) -> bool {
    fault.answer().is_some_and(|answer| answer.code == "NoSuchUpload")
}
