//! Uploads: one request for what fits into memory, parts for the rest.

use std::sync::Arc;

use bytes::Bytes;
use podfs_sync::local::Source;
use podfs_sync::{ErrorKind, RelativePath, RemoteError, Timestamp};

use super::store::Store;
use super::{checksum, content_type, parts};
use crate::transport::Fault;

/// Content up to this many bytes is hashed where it is; more would hold up other transfers.
const HASH_INLINE: usize = 256 * 1024;

/// Puts the content of `source` at `path`.
pub(super) async fn upload(
    store: &Arc<Store>,
    source: &Source,
    path: &RelativePath,
) -> Result<(), RemoteError> {
    let key = store.key("upload", path)?;
    let state = source.state();
    if state.size > store.single_limit() {
        return parts::upload(store, source, path, &key).await;
    }
    let held = store.memory.take(state.size).await;
    let content = source.read_all().await?;
    put(store, path, &key, content, Some(state.modified)).await?;
    drop(held);
    Ok(())
}

/// Writes `content` in one request, and makes sure that this is what the store has now.
pub(super) async fn put(
    store: &Store,
    path: &RelativePath,
    key: &str,
    content: Bytes,
    modified: Option<Timestamp>,
) -> Result<(), RemoteError> {
    let doing = store.doing("upload", path);
    let sum = hash(content.clone()).await;
    let kind = content_type::of(key);
    let tag = store.objects.put(key, content, kind, modified).await.map_err(|fault| doing.failed(fault))?;
    check_tag(store, tag.as_deref(), &sum).map_err(|detail| doing.error(ErrorKind::Corrupt, detail))
}

/// Compares what the store calls the content with what was sent, where its tags are sums.
pub(super) fn check_tag(store: &Store, tag: Option<&str>, sum: &checksum::Sum) -> Result<(), String> {
    let stored = tag.filter(|_| store.tags_are_sums()).and_then(checksum::of_tag);
    match stored {
        Some(stored) if stored != *sum => {
            let (stored, sent) = (checksum::hex(&stored), checksum::hex(sum));
            Err(format!("MD5 {sent} was sent, the store has {stored}"))
        }
        _ => Ok(()),
    }
}

/// The MD5 of some content, off the async threads when there is much of it.
pub(super) async fn hash(content: Bytes) -> checksum::Sum {
    if content.len() <= HASH_INLINE {
        return checksum::sum(&content);
    }
    let here = content.clone();
    match tokio::task::spawn_blocking(move || checksum::sum(&content)).await {
        Ok(sum) => sum,
        // The runtime is going down.
        Err(_) => checksum::sum(&here),
    }
}

/// Whether trying again cannot help, as the key's bucket or upload is gone.
pub(super) fn is_lost_upload(fault: &Fault) -> bool {
    fault.answer().is_some_and(|answer| answer.code == "NoSuchUpload")
}
