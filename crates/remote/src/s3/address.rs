//! Where the bucket is: the one place that puts URLs together.

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the characters that RFC 3986 calls unreserved, as signatures want it.
const QUERY: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: AsciiSet = QUERY.remove(b'/');

/// The bucket's URL without a trailing slash.
#[derive(Debug, Clone)]
pub(super) struct Address {
    base: String,
    shown: String,
}

impl Address {
    /// Puts the address together; the reason why not otherwise.
    pub(super) fn new(
        endpoint: Option<&str>,
        region: &str,
        bucket: &str,
        path_style: bool,
    ) -> Result<Self, String> {
        let endpoint = match endpoint {
            Some(endpoint) => with_scheme(endpoint),
            None => format!("https://s3.{region}.{}", aws_domain(region)),
        };
        let uri: Uri = endpoint.parse().map_err(|cause| format!("endpoint {endpoint:?}: {cause}"))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        if !matches!(scheme, "http" | "https") || authority.is_empty() || authority.contains('@') {
            return Err(String::from("endpoint is no plain http or https address"));
        }
        if bucket.is_empty() || bucket.contains('/') {
            return Err(format!("{bucket:?} is no bucket name"));
        }
        // Clients write the Host header, which is signed, in lower case and leave default ports out of it.
        let default_port = if scheme == "http" { ":80" } else { ":443" };
        let authority = authority.strip_suffix(default_port).unwrap_or(authority).to_ascii_lowercase();
        let path = uri.path().trim_end_matches('/');
        // A bucket with dots does not fit a wildcard certificate, so rclone's SDK uses the path for it as well.
        let base = if path_style || bucket.contains('.') {
            format!("{scheme}://{authority}{path}/{}", utf8_percent_encode(bucket, &QUERY))
        } else {
            format!("{scheme}://{bucket}.{authority}{path}")
        };
        base.parse::<Uri>().map_err(|cause| format!("bucket {bucket:?}: {cause}"))?;
        Ok(Self { base, shown: format!("{scheme}://{authority}{path}") })
    }

    /// Whether it is spoken to without TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.base.starts_with("http://")
    }

    /// The endpoint, for messages.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The bucket itself, with a query.
    pub(super) fn bucket(&self, query: &[(&str, &str)]) -> String {
        self.with_query(self.base.clone() + "/", query)
    }

    /// An object, with a query.
    pub(super) fn object(&self, key: &str, query: &[(&str, &str)]) -> String {
        self.with_query(format!("{}/{}", self.base, utf8_percent_encode(key, &PATH)), query)
    }

    /// An object as a header names it that is to be copied.
    pub(super) fn copy_source(bucket: &str, key: &str) -> String {
        format!("{}/{}", utf8_percent_encode(bucket, &QUERY), utf8_percent_encode(key, &PATH))
    }

    fn with_query(&self, mut url: String, query: &[(&str, &str)]) -> String {
        for (index, (name, value)) in query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.extend(utf8_percent_encode(value, &QUERY));
        }
        url
    }
}

fn with_scheme(endpoint: &str) -> String {
    if endpoint.contains("://") { endpoint.to_owned() } else { format!("https://{endpoint}") }
}

fn aws_domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(endpoint: Option<&str>, bucket: &str, path_style: bool) -> String {
        Address::new(endpoint, "eu-west-1", bucket, path_style).unwrap().bucket(&[])
    }

    #[test]
    fn the_bucket_stands_in_the_path_or_before_the_host() {
        assert_eq!(base(Some("http://h:1/s3/"), "data", true), "http://h:1/s3/data/");
        assert_eq!(base(Some("https://H.Example:443/S3"), "data", true), "https://h.example/S3/data/");
        assert_eq!(base(Some("data.example.com"), "data", false), "https://data.data.example.com/");
        assert_eq!(base(Some("h"), "my.data", false), "https://h/my.data/");
        assert_eq!(base(None, "data", false), "https://data.s3.eu-west-1.amazonaws.com/");
    }

    #[test]
    fn keys_and_queries_are_encoded() {
        let address = Address::new(Some("http://h"), "", "b1", true).unwrap();
        let url = address.object("a b/+?#&%41!*'()\n", &[("uploadId", "x=/+")]);
        assert_eq!(url, "http://h/b1/a%20b/%2B%3F%23%26%2541%21%2A%27%28%29%0A?uploadId=x%3D%2F%2B");
    }

    #[test]
    fn refuses_what_is_no_place() {
        for endpoint in ["ftp://h", "http://user:pass@h", "http://"] {
            let error = Address::new(Some(endpoint), "", "b1", true).unwrap_err();
            assert!(!error.contains("pass") || !endpoint.contains("pass"), "{error}");
        }
        assert!(Address::new(Some("http://h"), "", "", true).is_err());
    }
}
