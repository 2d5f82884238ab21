//! Uploads: small files from memory, larger ones as they are read, the largest in parts.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, ETAG, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use podfs_sync::local::Source;
use podfs_sync::manifest::Stored;
use podfs_sync::{ErrorKind, Modified, RelativePath, RemoteError, Timestamp};

use super::errors::Doing;
use super::file_body::{self, FileBody};
use super::store::Store;
use super::{checksum, content_type, mtime, parts};
use crate::transport::{Fault, PIECE, Payload};

/// Files up to this many bytes are read whole.
const IN_MEMORY: u64 = PIECE as u64;

/// A header and its value.
pub(super) type Header = (HeaderName, HeaderValue);

/// Puts the content of `source` at `path`.
pub(super) async fn upload(
    store: &Arc<Store>,
    source: &Source,
    path: &RelativePath,
) -> Result<Stored, RemoteError> {
    let key = store.key("upload", path)?;
    let (size, modified) = (source.size(), source.state().modified);
    if size >= store.settings().upload_cutoff && size > 0 {
        return parts::upload(store, source, path, &key).await;
    }
    if size > IN_MEMORY {
        return stream(store, source, path, &key).await;
    }
    let _held = store.memory.take(size).await;
    let content = source.read_all().await?;
    let sum = checksum::sum(&content);
    let tag = send(store, &key, content, Some(modified), None).await;
    finish(store.doing("upload", path), store, tag, &sum)
}

/// Sends a file in one request as it is read. A file that does not hold still is never sent to its end, so that the
/// store drops what it has of it.
async fn stream(
    store: &Store,
    source: &Source,
    path: &RelativePath,
    key: &str,
) -> Result<Stored, RemoteError> {
    let _held = store.memory.take(file_body::MEMORY).await;
    let body = FileBody::new(source, 0, source.size(), None);
    let tag = send(store, key, body.payload(), Some(source.state().modified), None).await;
    let doing = store.doing("upload", path);
    match body.outcome()? {
        Some(sum) => finish(doing, store, tag, &sum),
        None => Err(tag.map_or_else(
            |fault| doing.failed(fault),
            |_| doing.error(ErrorKind::Corrupt, "the store took less than the whole"),
        )),
    }
}

/// Sends one object, under a condition if one is given, and gives the tag that the store has for it.
pub(super) async fn send(
    store: &Store,
    key: &str,
    content: impl Into<Payload>,
    modified: Option<Timestamp>,
    condition: Option<Header>,
) -> Result<Option<String>, Fault> {
    let mut request = store.request(Method::PUT, &store.address.object(key, &[]), content)?;
    describe(store, request.headers_mut(), key, modified)?;
    request.headers_mut().extend(condition);
    let answer = store.wire.send(&request).await?;
    Ok(answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned))
}

/// Makes sure that what the store has now is what was sent.
pub(super) fn finish(
    doing: Doing<'_>,
    store: &Store,
    tag: Result<Option<String>, Fault>,
    sum: &checksum::Sum,
) -> Result<Stored, RemoteError> {
    let tag = tag.map_err(|fault| doing.failed(fault))?;
    check_tag(store, tag.as_deref(), sum).map_err(|detail| doing.error(ErrorKind::Corrupt, detail))?;
    Ok(stored(tag.as_deref()))
}

/// How an object with this tag shows itself in a listing, which tells no times.
pub(super) fn stored(tag: Option<&str>) -> Stored {
    let tag = tag.map(|tag| checksum::unquoted(tag).to_owned());
    Stored { tag, modified: Modified::Ask, nonce: None }
}

/// The headers that make an object what rclone would have made of the file.
pub(super) fn describe(
    store: &Store,
    headers: &mut HeaderMap,
    key: &str,
    modified: Option<Timestamp>,
) -> Result<(), Fault> {
    headers.extend(store.object_headers());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type::of(key)));
    if let Some(modified) = modified {
        let time = HeaderValue::from_str(&mtime::write(modified))
            .map_err(|cause| Fault::Request(cause.to_string()))?;
        headers.insert(mtime::HEADER, time);
    }
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
