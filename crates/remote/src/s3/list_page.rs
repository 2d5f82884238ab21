//! One page of a listing, as the store writes it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::checksum::unquoted;
use crate::transport::Fault;

/// A page; keys may be URL-encoded.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    #[serde(default)]
    contents: Vec<Item>,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    next_continuation_token: Option<String>,
    #[serde(default)]
    next_marker: Option<String>,
    #[serde(default)]
    encoding_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    key: String,
    size: u64,
    #[serde(rename = "ETag", default)]
    tag: Option<String>,
}

/// One object of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// `None`: the key is not UTF-8.
    pub(super) key: Option<String>,
    /// The key as it came, for messages.
    pub(super) raw: String,
    pub(super) size: u64,
    pub(super) tag: Option<String>,
}

/// A page and where the next one begins.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) objects: Vec<Listing>,
    /// The token (version 2) or marker (version 1) of the next page.
    pub(super) next: Option<String>,
}

impl Page {
    /// Whether a key may have been damaged: Go's servers write U+FFFD for what XML cannot hold.
    pub(super) fn is_doubtful(&self) -> bool {
        let doubtful = |object: &Listing| object.raw.contains(char::REPLACEMENT_CHARACTER);
        self.objects.iter().any(doubtful)
    }
}

/// Reads a page of `version` 1 or 2.
pub(super) fn parse(body: &[u8], version: u8) -> Result<Page, Fault> {
    let nonsense = |cause: String| Fault::Nonsense(format!("listing: {cause}"));
    let text = str::from_utf8(body).map_err(|cause| nonsense(cause.to_string()))?;
    // The document's name is not looked at by what reads it, and a page about something else has no keys.
    if !text.contains("<ListBucketResult") {
        return Err(nonsense(String::from("it is none")));
    }
    let document: Document = quick_xml::de::from_str(text).map_err(|cause| nonsense(cause.to_string()))?;
    // Stores that do not know the wish do not confirm it.
    let encoded = document.encoding_type.as_deref() == Some("url");
    let last_key = document.contents.last().map(|item| item.key.clone());
    let next = match (document.is_truncated, version) {
        (false, _) => None,
        // Without a delimiter the next marker is the last key, and most stores leave it to us to know that.
        (true, 1) => document.next_marker.or(last_key).and_then(|marker| decoded(&marker, encoded)),
        (true, _) => document.next_continuation_token,
    };
    if document.is_truncated && next.as_ref().is_none_or(String::is_empty) {
        return Err(nonsense(String::from("it ends, but says that it goes on")));
    }
    let objects = document.contents.into_iter().map(|item| listing(item, encoded)).collect();
    Ok(Page { objects, next })
}

fn listing(item: Item, encoded: bool) -> Listing {
    let key = decoded(&item.key, encoded);
    let tag = item.tag.map(|tag| unquoted(&tag).to_owned()).filter(|tag| !tag.is_empty());
    Listing { key, raw: item.key, size: item.size, tag }
}

/// Form encoding, in which `+` is a space: AWS writes it so, and others either that or `%20`.
fn decoded(text: &str, encoded: bool) -> Option<String> {
    if !encoded || !text.contains(['%', '+']) {
        return Some(text.to_owned());
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(inside: &str, version: u8) -> Result<Page, Fault> {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>{inside}</ListBucketResult>"
        );
        parse(text.as_bytes(), version)
    }

    #[test]
    fn reads_keys_tags_and_sizes() {
        let page = page(
            "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
             <Contents><Key>a+b%2Bc%0A/%C3%A4</Key><Size>7</Size><ETag>&quot;ab&quot;</ETag></Contents>\
             <Contents><Key>%FF</Key><Size>0</Size></Contents>",
            2,
        )
        .unwrap();
        assert_eq!(page.objects[0].key.as_deref(), Some("a b+c\n/ä"));
        assert_eq!((page.objects[0].size, page.objects[0].tag.as_deref()), (7, Some("ab")));
        assert_eq!((&page.objects[1].key, page.objects[1].raw.as_str()), (&None, "%FF"));
        assert_eq!(page.next, None);
    }

    #[test]
    fn keys_are_left_alone_when_the_store_did_not_encode_them() {
        let page = page("<Contents><Key> a+b%41&amp;&#xD;&#9; </Key><Size>7</Size></Contents>", 2).unwrap();
        assert_eq!(page.objects[0].key.as_deref(), Some(" a+b%41&\r\t "));
    }

    #[test]
    fn knows_where_the_next_page_begins() {
        let more = "<IsTruncated>true</IsTruncated><Contents><Key>k</Key><Size>1</Size></Contents>";
        let token = format!("{more}<NextContinuationToken>t/+=</NextContinuationToken>");
        assert_eq!(page(&token, 2).unwrap().next.as_deref(), Some("t/+="));
        assert_eq!(page(more, 1).unwrap().next.as_deref(), Some("k"));
        assert!(page(more, 2).is_err());
    }

    #[test]
    fn an_empty_bucket_is_an_empty_page() {
        assert!(page("<KeyCount>0</KeyCount>", 2).unwrap().objects.is_empty());
        for broken in ["<html>hello", "<html>hello</html>", "", "<ListBucketResult><Contents><Key>a</Key>"] {
            assert!(parse(broken.as_bytes(), 2).is_err(), "{broken}");
        }
    }
}
