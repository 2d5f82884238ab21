//! Small objects of our own, written only over the version that was seen.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>

use bytes::Bytes;
use http::HeaderValue;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use podfs_sync::small::{LARGEST, check};
use podfs_sync::{RelativePath, RemoteError, Version};

use super::small::Extent;
use super::store::Store;
use super::upload::Header;
use super::{checksum, small, upload};
use crate::transport::Fault;

/// Writes an object in one request, unless another version stands there than `over`. Where the store is not known to see to
/// that, it is looked at right before; the condition goes along all the same, where the store takes it.
pub(super) async fn write(
    store: &Store,
    path: &RelativePath,
    key: &str,
    content: Bytes,
    over: Option<&Version>,
) -> Result<Version, RemoteError> {
    let look = async || small::read(store, path, key, Extent::Whole(LARGEST)).await;
    let condition = condition(over).filter(|_| !store.refuses_conditions());
    if condition.is_none() || !store.settings().provider.quirks.conditional_writes {
        check(path, look().await, over)?;
    }
    let conditional = condition.is_some();
    let mut sent = upload::send(store, key, content.clone(), None, condition).await;
    if let Err(fault) = &sent
        && conditional
        && is_about_the_condition(fault)
    {
        let found = look().await;
        if let Ok(Some(found)) = &found
            && found.content == content
        {
            // The answer to the first attempt was lost.
            return Ok(found.version.clone());
        }
        check(path, found, over)?;
        tracing::debug!(%fault, "the store takes no conditions; what it has is looked at instead");
        store.send_no_conditions();
        sent = upload::send(store, key, content.clone(), None, None).await;
    }
    let sum = checksum::sum(&content);
    let stored = upload::finish(store.doing("write", path), store, sent, &sum)?;
    Ok(Version::written(&content, stored.tag, over))
}

/// `None` where the store has not told what it calls the version.
fn condition(over: Option<&Version>) -> Option<Header> {
    let Some(over) = over else { return Some((IF_NONE_MATCH, HeaderValue::from_static("*"))) };
    let tag = HeaderValue::from_str(&format!("\"{}\"", over.tag()?)).ok()?;
    Some((IF_MATCH, tag))
}

/// Whether it does not hold, or the store does not know it.
fn is_about_the_condition(fault: &Fault) -> bool {
    let refused = |status| matches!(status, 400 | 405 | 412 | 501);
    fault.is_missing_object() || fault.answer().is_some_and(|answer| refused(answer.status))
}
