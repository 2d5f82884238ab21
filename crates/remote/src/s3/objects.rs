//! Single objects: looking at them and reading them.

use std::ops::Range;

use bytes::Bytes;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_MATCH, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::fmt::rfc2822;
use podfs_sync::{Modified, Timestamp};

use super::store::Store;
use super::{checksum, mtime};
use crate::transport::{Fault, Incoming};

/// What an answer says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ObjectHead {
    /// Bytes of the whole object, also when only a part was asked for.
    pub(super) size: u64,
    pub(super) modified: Modified,
    /// The ETag without its quotes.
    pub(super) tag: Option<String>,
}

/// An object's content as it comes.
pub(super) struct Content {
    stream: Incoming,
}

impl Content {
    /// The next piece; empty at the end.
    pub(super) async fn next(&mut self) -> Result<Bytes, Fault> {
        loop {
            match self.stream.next().await.transpose()? {
                Some(piece) if piece.is_empty() => {}
                piece => return Ok(piece.unwrap_or_default()),
            }
        }
    }
}

/// What the store says of an object.
pub(super) async fn head(store: &Store, key: &str) -> Result<ObjectHead, Fault> {
    let request = store.request(Method::HEAD, &store.address.object(key, &[]), Bytes::new())?;
    let answer = store.wire.send(&request).await?;
    head_of(answer.headers())
}

/// Begins to read an object, or `range` of it; only the one with this tag, if one is given.
pub(super) async fn get(
    store: &Store,
    key: &str,
    range: Option<Range<u64>>,
    tag: Option<&str>,
) -> Result<(ObjectHead, Content), Fault> {
    let mut request = store.request(Method::GET, &store.address.object(key, &[]), Bytes::new())?;
    let part = range.is_some();
    if let Some(Range { start, end }) = range {
        let last = end.saturating_sub(1);
        request.headers_mut().insert(RANGE, plain(&format!("bytes={start}-{last}"))?);
    }
    if let Some(tag) = tag {
        request.headers_mut().insert(IF_MATCH, plain(&format!("\"{tag}\""))?);
    }
    let answer = store.wire.open(&request).await?;
    let partial = answer.status == StatusCode::PARTIAL_CONTENT && answer.headers.contains_key(CONTENT_RANGE);
    if part && !partial {
        return Err(Fault::Nonsense(String::from("asked for a part, it sent the whole")));
    }
    Ok((head_of(&answer.headers)?, Content { stream: answer.body }))
}

fn head_of(headers: &HeaderMap) -> Result<ObjectHead, Fault> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let length = match text(CONTENT_RANGE) {
        Some(range) => range.rsplit_once('/').map(|(_, total)| total),
        None => text(CONTENT_LENGTH),
    };
    let size = length.and_then(|length| length.parse().ok());
    let stored = || {
        let time = rfc2822::DateTimeParser::new().parse_timestamp(text(LAST_MODIFIED)?).ok()?;
        Some(Timestamp::from(std::time::SystemTime::from(time)))
    };
    Ok(ObjectHead {
        size: size.ok_or_else(|| Fault::Nonsense(String::from("an object without a length")))?,
        modified: mtime::of_object(text(mtime::HEADER), stored),
        tag: text(ETAG).map(|tag| checksum::unquoted(tag).to_owned()),
    })
}

fn plain(text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(text).map_err(|cause| Fault::Request(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &[(&'static str, &'static str)]) -> Result<ObjectHead, Fault> {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        head_of(&lines.iter().map(line).collect())
    }

    #[test]
    fn reads_what_stores_say_of_an_object() {
        let lines = [("content-length", "7"), ("etag", "\"ab\""), ("x-amz-meta-mtime", "1600000000.5")];
        let expected = ObjectHead {
            size: 7,
            modified: Modified::At(Timestamp::from_nanoseconds(1_600_000_000_500_000_000)),
            tag: Some(String::from("ab")),
        };
        assert_eq!(head(&lines).unwrap(), expected);
    }

    #[test]
    fn a_part_tells_the_size_of_the_whole() {
        let lines = [("content-length", "7"), ("content-range", "bytes 3-9/100")];
        assert_eq!(head(&lines).unwrap().size, 100);
        assert!(head(&[("content-length", "7"), ("content-range", "bytes 3-9/*")]).is_err());
        assert!(head(&[]).is_err());
    }

    #[test]
    fn the_time_of_storing_stands_in_for_a_time_of_its_own() {
        let lines = [("content-length", "7"), ("last-modified", "Sun, 13 Sep 2020 12:26:40 GMT")];
        let stored = Timestamp::from_nanoseconds(1_600_000_000_000_000_000);
        assert_eq!(head(&lines).unwrap().modified, Modified::StoredAt(stored));
        assert_eq!(head(&[("content-length", "7")]).unwrap().modified, Modified::Unknown);
    }
}
