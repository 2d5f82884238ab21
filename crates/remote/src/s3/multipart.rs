//! The four requests of a multipart upload. Who holds an upload's id and the tags of its parts can go on with it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderName, HeaderValue, Method};
use podfs_sync::Timestamp;
use quick_xml::escape::escape;
use serde::Deserialize;

use super::store::Store;
use super::upload::describe;
use super::{answer, checksum};
use crate::transport::{Fault, Payload};

/// A part that the store has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// 1 to 10,000.
    pub(super) number: u32,
    /// The store's tag, with its quotes.
    pub(super) tag: String,
    /// The MD5 of its content.
    pub(super) sum: checksum::Sum,
}

/// Begins an upload and gives its id.
pub(super) async fn begin(
    store: &Store,
    key: &str,
    modified: Timestamp,
    whole: Option<&checksum::Sum>,
) -> Result<String, Fault> {
    let mut request =
        store.request(Method::POST, &store.address.object(key, &[("uploads", "")]), Bytes::new())?;
    let headers = request.headers_mut();
    describe(store, headers, key, Some(modified))?;
    if let Some(sum) = whole {
        // The tag of an object made of parts is no sum of it, so rclone keeps the sum here.
        let sum = HeaderValue::from_str(&checksum::base64(sum))
            .map_err(|cause| Fault::Request(cause.to_string()))?;
        headers.insert(HeaderName::from_static("x-amz-meta-md5chksum"), sum);
    }
    let answer = store.wire.send(&request).await?;
    let begun: Begun = answer::read(answer.body())?;
    Ok(begun.upload_id)
}

/// Sends one part.
pub(super) async fn send(
    store: &Store,
    key: &str,
    upload: &str,
    number: u32,
    content: Payload,
) -> Result<String, Fault> {
    let number = number.to_string();
    let url = store.address.object(key, &[("partNumber", &number), ("uploadId", upload)]);
    let request = store.request(Method::PUT, &url, content)?;
    let answer = store.wire.send(&request).await?;
    let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
    tag.map(str::to_owned).ok_or_else(|| Fault::Nonsense(String::from("a part without an ETag")))
}

/// Makes the object out of its parts, which must be in order. Gives the tag of the object, where the store tells it.
pub(super) async fn complete(
    store: &Store,
    key: &str,
    upload: &str,
    parts: &[Part],
) -> Result<Option<String>, Fault> {
    let url = store.address.object(key, &[("uploadId", upload)]);
    let mut request = store.request(Method::POST, &url, Bytes::from(list_of(parts)))?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    let body = answer::to_long_work(store, &request).await?;
    Ok(answer::read::<Completed>(&body).ok().and_then(|completed| completed.tag))
}

/// Throws an upload away.
pub(super) async fn abort(store: &Store, key: &str, upload: &str) -> Result<(), Fault> {
    let url = store.address.object(key, &[("uploadId", upload)]);
    let request = store.request(Method::DELETE, &url, Bytes::new())?;
    match store.wire.send(&request).await {
        Err(fault) if fault.answer().is_none_or(|answer| answer.status != 404) => Err(fault),
        _ => Ok(()),
    }
}

fn list_of(parts: &[Part]) -> String {
    let mut text =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for Part { number, tag, .. } in parts {
        let tag = escape(tag.as_str());
        text.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"));
    }
    text.push_str("</CompleteMultipartUpload>");
    text
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Begun {
    upload_id: String,
}

#[derive(Debug, Deserialize)]
struct Completed {
    #[serde(rename = "ETag")]
    tag: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_parts_holds_their_tags() {
        let part = Part { number: 1, tag: String::from("\"ab\""), sum: checksum::Sum::default() };
        let text = list_of(&[part]);
        assert!(
            text.contains("<Part><PartNumber>1</PartNumber><ETag>&quot;ab&quot;</ETag></Part>"),
            "{text}"
        );
    }
}
