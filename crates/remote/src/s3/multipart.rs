//! The requests of a multipart upload. Who holds an upload's id and the tags of its parts can go on with it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Method};
use quick_xml::escape::escape;
use serde::Deserialize;

use super::store::Store;
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

/// Begins an upload of which `headers` say what it will be, and gives its id.
pub(super) async fn begin(store: &Store, key: &str, headers: &HeaderMap) -> Result<String, Fault> {
    let mut request =
        store.request(Method::POST, &store.address.object(key, &[("uploads", "")]), Bytes::new())?;
    request.headers_mut().extend(headers.clone());
    let answer = store.wire.send(&request).await?;
    let begun: Begun = answer::read(answer.body())?;
    Ok(begun.upload_id)
}

/// The parts that the store has of an upload, in their order.
pub(super) async fn list(store: &Store, key: &str, upload: &str) -> Result<Vec<ListedPart>, Fault> {
    let mut parts = Vec::new();
    let mut after = 0;
    loop {
        let marker = after.to_string();
        let query = [("uploadId", upload), ("part-number-marker", &marker)];
        let query = if after == 0 { query.get(..1) } else { query.get(..) };
        let url = store.address.object(key, query.unwrap_or_default());
        let answer = store.wire.send(&store.request(Method::GET, &url, Bytes::new())?).await?;
        let page: Page = answer::read(answer.body())?;
        let next = page.next(after);
        parts.extend(page.parts);
        match next {
            Some(next) => after = next,
            None => return Ok(parts),
        }
    }
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

/// A part as the store lists it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedPart {
    #[serde(rename = "PartNumber")]
    pub(super) number: u32,
    /// The store's tag, as it was.
    #[serde(rename = "ETag")]
    pub(super) tag: String,
    pub(super) size: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(rename = "Part", default)]
    parts: Vec<ListedPart>,
    #[serde(default)]
    is_truncated: bool,
}

impl Page {
    /// The part after which the next page begins, if there is one. A page that does not lead on is the last: it would be
    /// asked for again and again.
    fn next(&self, after: u32) -> Option<u32> {
        let last = self.parts.last()?.number;
        (self.is_truncated && last > after).then_some(last)
    }
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

    #[test]
    fn parts_are_listed_page_by_page() {
        let page = |truncated: bool, parts: &str| -> Page {
            let text = format!(
                "<?xml version=\"1.0\"?><ListPartsResult><Bucket>b</Bucket><IsTruncated>{truncated}</IsTruncated>\
                 {parts}<StorageClass>x</StorageClass></ListPartsResult>"
            );
            answer::read(text.as_bytes()).unwrap()
        };
        let part = |number: u32| {
            format!(
                "<Part><PartNumber>{number}</PartNumber><LastModified>x</LastModified><ETag>\"ab\"</ETag><Size>3</Size></Part>"
            )
        };
        let two = page(true, &(part(3) + &part(7)));
        assert_eq!((two.parts.len(), two.next(0), two.next(7)), (2, Some(7), None));
        assert_eq!((two.parts[1].number, two.parts[1].tag.as_str(), two.parts[1].size), (7, "\"ab\"", 3));
        assert_eq!(page(false, &part(9)).next(7), None);
        assert_eq!(page(true, "").next(0), None);
    }
}
