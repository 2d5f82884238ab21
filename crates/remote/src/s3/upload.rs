//! Uploads: small files from memory, larger ones as they are read, the largest in parts.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use podfs_sync::local::Source;
use podfs_sync::{ErrorKind, RelativePath, RemoteError, Timestamp};

use super::file_body::FileBody;
use super::store::Store;
use super::{checksum, content_type, mtime, parts};
use crate::transport::{Fault, PIECE};

/// Files up to this many bytes are read whole.
const IN_MEMORY: u64 = PIECE as u64;
/// What a streamed body holds in memory at most, in bytes: a piece that is read, one that waits, one that is sent.
pub(super) const STREAM_MEMORY: u64 = 3 * PIECE as u64;

/// Puts the content of `source` at `path`.
pub(super) async fn upload(
    store: &Arc<Store>,
    source: &Source,
    path: &RelativePath,
) -> Result<(), RemoteError> {
    let key = store.key("upload", path)?;
    let state = source.state();
    if state.size >= store.settings().upload_cutoff && state.size > 0 {
        return parts::upload(store, source, path, &key).await;
    }
    if state.size > IN_MEMORY {
        return stream(store, source, path, &key).await;
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
    let sum = checksum::sum(&content);
    let kind = content_type::of(key);
    let tag = store.objects.put(key, content, kind, modified).await.map_err(|fault| doing.failed(fault))?;
    check_tag(store, tag.as_deref(), &sum).map_err(|detail| doing.error(ErrorKind::Corrupt, detail))
}

/// Sends a file in one request as it is read. A file that does not hold still is never sent to its end, so that the
/// store drops what it has of it.
async fn stream(store: &Store, source: &Source, path: &RelativePath, key: &str) -> Result<(), RemoteError> {
    let doing = store.doing("upload", path);
    let _held = store.memory.take(STREAM_MEMORY).await;
    let state = source.state();
    let body = FileBody::new(source, 0, state.size);
    let url = store.address.object(key, &[]);
    let mut request =
        store.request(Method::PUT, &url, body.payload()).map_err(|fault| doing.failed(fault))?;
    describe(store, request.headers_mut(), key, state.modified).map_err(|fault| doing.failed(fault))?;
    let answer = store.wire.send(&request).await;
    let sum = body.outcome()?;
    let answer = answer.map_err(|fault| doing.failed(fault))?;
    let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
    let sum = sum.ok_or_else(|| doing.error(ErrorKind::Corrupt, "the store took less than the whole"))?;
    check_tag(store, tag, &sum).map_err(|detail| doing.error(ErrorKind::Corrupt, detail))
}

/// The headers that make an object what rclone would have made of the file.
pub(super) fn describe(
    store: &Store,
    headers: &mut HeaderMap,
    key: &str,
    modified: Timestamp,
) -> Result<(), Fault> {
    headers.extend(store.object_headers());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type::of(key)));
    let time =
        HeaderValue::from_str(&mtime::write(modified)).map_err(|cause| Fault::Request(cause.to_string()))?;
    headers.insert(HeaderName::from_static("x-amz-meta-mtime"), time);
    Ok(())
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
