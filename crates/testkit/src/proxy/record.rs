//! What the proxy remembers of a request.

use std::ops::Range;

use crate::http::Head;

/// One request as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// `GET`, `PUT` and so on.
    pub method: String,
    /// Path and query, percent-encoded as they came.
    pub target: String,
    /// The bytes that it asks for, where not for all.
    pub range: Option<Range<u64>>,
}

impl RequestRecord {
    pub(super) fn of(head: &Head) -> Self {
        let range = head.header("range").and_then(range);
        Self { method: head.word(0).to_owned(), target: head.word(1).to_owned(), range }
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The value of a query parameter; empty for one that has none.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Whether it lists a bucket, in either of S3's ways to ask.
    pub fn is_s3_list(&self) -> bool {
        self.method == "GET" && (self.query("list-type").is_some() || self.query("prefix").is_some())
    }
}

/// Reads `bytes=3-9`.
fn range(text: &str) -> Option<Range<u64>> {
    let (start, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    Some(start.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_behind_its_last_byte() {
        assert_eq!(range("bytes=3-9"), Some(3..10));
        assert_eq!((range("bytes=3-"), range("bytes=-9"), range("lines=3-9")), (None, None, None));
    }

    #[test]
    fn a_query_is_found_by_its_name() {
        let target = "/bucket?delimiter=&list-type=2&uploads".to_owned();
        let request = RequestRecord { method: "GET".into(), target, range: None };
        assert_eq!(request.path(), "/bucket");
        assert_eq!(request.query("list-type"), Some("2"));
        assert_eq!(request.query("uploads"), Some(""));
        assert_eq!(request.query("prefix"), None);
        assert!(request.is_s3_list());
    }
}
