//! Small objects of our own, such as the head of a remote, read whole; and beginnings of others.

use podfs_sync::{ErrorKind, RelativePath, RemoteError, Small};

use super::objects;
use super::store::Store;
use crate::transport::Fault;

/// How much of an object is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Extent {
    /// All of it: larger than this it is not ours.
    Whole(usize),
    /// So many bytes from its beginning on, or as many as there are.
    Start(usize),
}

/// What one attempt to read found.
enum Found {
    Nothing,
    All(Small),
    TooLarge(u64, usize),
}

/// Reads an object; `None` when it is not there.
pub(super) async fn read(
    store: &Store,
    path: &RelativePath,
    key: &str,
    extent: Extent,
) -> Result<Option<Small>, RemoteError> {
    let doing = store.doing("read", path);
    let mut backoff = store.wire.backoff();
    loop {
        match attempt(store, key, extent).await {
            Ok(Found::Nothing) => return Ok(None),
            Ok(Found::All(found)) => return Ok(Some(found)),
            Ok(Found::TooLarge(size, limit)) => {
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

async fn attempt(store: &Store, key: &str, extent: Extent) -> Result<Found, Fault> {
    let range = match extent {
        Extent::Whole(_) => None,
        Extent::Start(length) => Some(0..length as u64),
    };
    let (head, mut content) = match objects::get(store, key, range, None).await {
        Ok(opened) => opened,
        Err(fault) if fault.is_missing_object() => return Ok(Found::Nothing),
        Err(fault) => return Err(fault),
    };
    if let Extent::Whole(limit) = extent
        && head.size > limit as u64
    {
        return Ok(Found::TooLarge(head.size, limit));
    }
    let mut whole = Vec::new();
    loop {
        let piece = content.next().await?;
        if piece.is_empty() {
            return Ok(Found::All(Small::new(whole, head.tag)));
        }
        whole.extend_from_slice(&piece);
    }
}
