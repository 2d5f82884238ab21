//! Copies that the store makes by itself.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use podfs_sync::manifest::Stored;
use podfs_sync::{Entry, Modified, RelativePath, RemoteError};
use serde::Deserialize;

use super::address::Address;
use super::store::Store;
use super::upload::stored;
use super::{answer, checksum, objects};
use crate::transport::Fault;

/// The largest object that one request copies.
const LARGEST: u64 = 5 << 30;

const SOURCE: HeaderName = HeaderName::from_static("x-amz-copy-source");
const ONLY_THIS: HeaderName = HeaderName::from_static("x-amz-copy-source-if-match");
const METADATA: HeaderName = HeaderName::from_static("x-amz-metadata-directive");

/// Copies the object that `from` describes, with its metadata and content type. `None`: it has to be uploaded.
pub(super) async fn copy(
    store: &Store,
    from: &Entry,
    to: &RelativePath,
) -> Result<Option<Stored>, RemoteError> {
    let Some(tag) = &from.tag else { return Ok(None) };
    // Copied onto itself an object has to change.
    if from.size > LARGEST || from.path == *to {
        return Ok(None);
    }
    let (source, key) = (store.key("copy", &from.path)?, store.key("copy", to)?);
    let copied = match ask(store, &source, tag, &key).await {
        Ok(copied) => copied,
        Err(fault) if is_for_an_upload(&fault) => {
            tracing::debug!(%to, %fault, "not copied by the store");
            return Ok(None);
        }
        Err(fault) => return Err(store.doing("copy", to).failed(fault)),
    };
    match is_the_same(store, from, tag, copied.as_deref(), &key).await {
        Ok(true) => Ok(Some(stored(copied.as_deref()))),
        Ok(false) => {
            tracing::warn!(%to, "the store copied something else than it was asked for; uploading it instead");
            Ok(None)
        }
        Err(fault) => Err(store.doing("look at the copy", to).failed(fault)),
    }
}

/// Gives the tag of the copy, where the store tells it.
async fn ask(store: &Store, source: &str, tag: &str, key: &str) -> Result<Option<String>, Fault> {
    let mut request = store.request(Method::PUT, &store.address.object(key, &[]), Bytes::new())?;
    let headers = request.headers_mut();
    headers.extend(store.object_headers());
    headers.insert(SOURCE, plain(&Address::copy_source(&store.options.bucket, source))?);
    headers.insert(ONLY_THIS, plain(&format!("\"{tag}\""))?);
    headers.insert(METADATA, HeaderValue::from_static("COPY"));
    let body = answer::to_long_work(store, &request).await?;
    Ok(answer::read::<Copied>(&body)?.tag)
}

/// Whether what stands there now is what `from` describes: some stores do not know the condition, and copy whatever
/// stands at the source.
async fn is_the_same(
    store: &Store,
    from: &Entry,
    tag: &str,
    copied: Option<&str>,
    key: &str,
) -> Result<bool, Fault> {
    let copied = copied.map(checksum::unquoted);
    if copied == Some(tag) {
        return Ok(true);
    }
    let is_sum = |tag: &str| store.tags_are_sums() && checksum::of_tag(tag).is_some();
    if is_sum(tag) && copied.is_none_or(is_sum) {
        return Ok(false);
    }
    // What was made of parts, or encrypted by the store, has another tag as a whole.
    let head = objects::head(store, key).await?;
    let same_time = match from.modified {
        Modified::At(time) => head.modified == Modified::At(time),
        _ => true,
    };
    Ok(head.size == from.size && same_time)
}

/// Whether an upload may go well all the same: the object is gone or replaced, or the store, or our rights, have no such
/// request. A store that is silent while it copies a large object may still answer everything else.
fn is_for_an_upload(fault: &Fault) -> bool {
    match fault {
        Fault::Stalled(_) => true,
        Fault::Answer(answer) if answer.code == "NoSuchBucket" => false,
        Fault::Answer(answer) => {
            matches!(answer.status, 400 | 404 | 405 | 409 | 412 | 501)
                || matches!(answer.code.as_str(), "AccessDenied" | "InvalidObjectState")
        }
        _ => false,
    }
}

#[derive(Debug, Deserialize)]
struct Copied {
    #[serde(rename = "ETag")]
    tag: Option<String>,
}

fn plain(text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(text).map_err(|cause| Fault::Request(cause.to_string()))
}
