//! Small objects of our own, such as the head of a remote, read and written whole.

use bytes::Bytes;
use podfs_sync::{ErrorKind, RelativePath, RemoteError};

use super::store::Store;
use super::{checksum, objects, upload};
use crate::transport::Fault;

/// What one attempt to read found.
enum Found {
    Nothing,
    All(Vec<u8>),
    TooLarge(u64),
}

/// Reads an object of at most `limit` bytes; `None` when it is not there.
pub(super) async fn read(
    store: &Store,
    path: &RelativePath,
    key: &str,
    limit: usize,
) -> Result<Option<Vec<u8>>, RemoteError> {
    let doing = store.doing("read", path);
    let mut backoff = store.wire.backoff();
    loop {
        match attempt(store, key, limit).await {
            Ok(Found::Nothing) => return Ok(None),
            Ok(Found::All(content)) => return Ok(Some(content)),
            Ok(Found::TooLarge(size)) => {
                return Err(doing.error(ErrorKind::Corrupt, format!("it has {size} bytes, {limit} at most")));
            }
            // Only a body that broke off: the wire has tried everything else again by itself.
            Err(fault @ Fault::CutShort(_)) => {
                backoff.after(fault).await.map_err(|fault| doing.failed(fault))?;
            }
            Err(fault) => return Err(doing.failed(fault)),
        }
    }
}

async fn attempt(store: &Store, key: &str, limit: usize) -> Result<Found, Fault> {
    let (head, mut content) = match objects::get(store, key, None, None).await {
        Ok(opened) => opened,
        Err(fault) if fault.is_missing_object() => return Ok(Found::Nothing),
        Err(fault) => return Err(fault),
    };
    if head.size > limit as u64 {
        return Ok(Found::TooLarge(head.size));
    }
    let mut whole = Vec::new();
    loop {
        let piece = content.next().await?;
        if piece.is_empty() {
            return Ok(Found::All(whole));
        }
        whole.extend_from_slice(&piece);
    }
}

/// Writes an object in one request.
pub(super) async fn write(
    store: &Store,
    path: &RelativePath,
    key: &str,
    content: Bytes,
) -> Result<(), RemoteError> {
    let sum = checksum::sum(&content);
    let tag = upload::send(store, key, content, None).await;
    upload::finish(store.doing("write", path), store, tag, &sum).map(drop)
}
