//! AWS signatures, version 4, in the `Authorization` header, with the payload left unsigned.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
//!
//! A crate would do, and did; but signing then cost a tenth of the client's CPU on small files. Here the day's key is
//! kept and nothing is copied. The tests compare with that crate.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use jiff::tz::Offset;
use reqsign_aws_v4::Credential;
use sha2::{Digest, Sha256};

use super::fault::Fault;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

type Key = [u8; 32];

/// Signs for one region with one credential.
pub(super) struct Signer {
    region: String,
    credential: Credential,
    /// The key of the day that was signed for last.
    key: Mutex<Option<(String, Key)>>,
}

impl Signer {
    pub(super) fn new(region: &str, credential: Credential) -> Self {
        Self { region: region.to_owned(), credential, key: Mutex::new(None) }
    }

    pub(super) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Puts the signature on. Path and query of `uri` must be encoded as signatures want it: everything but letters,
    /// digits, `-._~` and the slashes of the path; each parameter with its `=`.
    pub(super) fn sign(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        time: jiff::Timestamp,
    ) -> Result<(), Fault> {
        headers.insert(X_AMZ_CONTENT_SHA256, HeaderValue::from_static(UNSIGNED));
        if let Some(token) = &self.credential.session_token {
            let mut token = plain(token)?;
            token.set_sensitive(true);
            headers.insert(X_AMZ_SECURITY_TOKEN, token);
        }
        self.sign_payload(UNSIGNED, method, uri, headers, time)
    }

    /// Signs with `payload` as what stands for the content.
    fn sign_payload(
        &self,
        payload: &str,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        time: jiff::Timestamp,
    ) -> Result<(), Fault> {
        let (day, stamp) = stamps(time);
        headers.insert(X_AMZ_DATE, plain(&stamp)?);
        let (request, names) = canonical(payload, method, uri, headers)?;
        let region = &self.region;
        let text = format!(
            "AWS4-HMAC-SHA256\n{stamp}\n{day}/{region}/s3/aws4_request\n{}",
            HEXLOWER.encode(&Sha256::digest(request))
        );
        let signature = HEXLOWER.encode(&hmac(&self.key(&day), text.as_bytes()));
        let id = &self.credential.access_key_id;
        let mut header = plain(&format!(
            "AWS4-HMAC-SHA256 Credential={id}/{day}/{region}/s3/aws4_request, SignedHeaders={names}, \
             Signature={signature}"
        ))?;
        header.set_sensitive(true);
        headers.insert(AUTHORIZATION, header);
        Ok(())
    }

    fn key(&self, day: &str) -> Key {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = kept.as_ref().filter(|(of, _)| of == day) {
            return *key;
        }
        let secret = format!("AWS4{}", self.credential.secret_access_key);
        let key = [self.region.as_str(), "s3", "aws4_request"]
            .iter()
            .fold(hmac(secret.as_bytes(), day.as_bytes()), |key, part| hmac(&key, part.as_bytes()));
        *kept = Some((day.to_owned(), key));
        key
    }
}

/// The text that is signed, and the names of the headers in it. No header that we send has more than one value, or
/// white space that would have to be collapsed.
fn canonical(
    payload: &str,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(String, String), Fault> {
    let host = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let mut signed = vec![("host", host)];
    for (name, value) in headers {
        if name.as_str().starts_with("x-amz-") || name == CONTENT_TYPE || name == CONTENT_MD5 {
            let value = value.to_str().map_err(|cause| Fault::Request(cause.to_string()))?;
            signed.push((name.as_str(), value.trim()));
        }
    }
    signed.sort_unstable();
    let mut query: Vec<&str> = uri.query().unwrap_or_default().split('&').collect();
    // By name, not by the text: `=` comes after some of the characters that a name may go on with.
    query.sort_unstable_by_key(|parameter| parameter.split_once('=').unwrap_or((parameter, "")));
    let (mut text, mut names) = (String::with_capacity(512), String::with_capacity(128));
    // Writing to a string does not fail.
    let _ = writeln!(text, "{method}\n{}\n{}", uri.path(), query.join("&"));
    for (name, value) in signed {
        let _ = writeln!(text, "{name}:{value}");
        names.push_str(if names.is_empty() { "" } else { ";" });
        names.push_str(name);
    }
    let _ = write!(text, "\n{names}\n{payload}");
    Ok((text, names))
}

/// `20261122` and `20261122T004715Z`.
fn stamps(time: jiff::Timestamp) -> (String, String) {
    let time = Offset::UTC.to_datetime(time);
    let day = format!("{:04}{:02}{:02}", time.year(), time.month(), time.day());
    let stamp = format!("{day}T{:02}{:02}{:02}Z", time.hour(), time.minute(), time.second());
    (day, stamp)
}

fn plain(text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(text)
        .map_err(|_| Fault::Credentials(String::from("the credentials are no plain text")))
}

fn hmac(key: &[u8], text: &[u8]) -> Key {
    // HMAC takes keys of any length, so there is no error to report.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().into())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use reqsign_aws_v4::RequestSigner;
    use reqsign_core::{Context, SignRequest};

    use super::*;

    fn request(token: Option<&str>) -> (http::request::Parts, Credential) {
        let credential = Credential {
            access_key_id: String::from("AKIDEXAMPLE"),
            secret_access_key: String::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: token.map(str::to_owned),
            expires_in: None,
        };
        let (parts, ()) = http::Request::builder()
            .method(Method::PUT)
            .uri("https://host:9000/b1/a%20b/%21%2A%C3%A4?uploadId=x%2F%3D&partNumber=1&z=")
            .header("content-type", "text/plain; charset=utf-8")
            .header("x-amz-meta-mtime", "1600000000.5")
            .body(())
            .unwrap()
            .into_parts();
        (parts, credential)
    }

    #[tokio::test]
    async fn signs_as_the_crate_does() {
        for token in [None, Some("token")] {
            let (mut parts, credential) = request(token);
            let signer = RequestSigner::new("s3", "eu-west-1");
            signer.sign_request(&Context::new(), &mut parts, Some(&credential), None).await.unwrap();
            let (mut ours, _) = request(token);
            let time = Offset::UTC
                .to_timestamp(
                    jiff::civil::DateTime::strptime(
                        "%Y%m%dT%H%M%SZ",
                        parts.headers["x-amz-date"].to_str().unwrap(),
                    )
                    .unwrap(),
                )
                .unwrap();
            let signer = Signer::new("eu-west-1", credential);
            for _ in 0..2 {
                signer.sign(&Method::PUT, &parts.uri, &mut ours.headers, time).unwrap();
            }
            assert_eq!(ours.headers["x-amz-date"], parts.headers["x-amz-date"]);
            assert_eq!(ours.headers[AUTHORIZATION], parts.headers[AUTHORIZATION]);
        }
    }

    /// Amazon's worked examples, "Example: GET Bucket (List Objects)" and "GET Bucket Lifecycle".
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    #[rstest::rstest]
    #[case("/?prefix=J&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    #[case("/?lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    fn signs_as_amazon_shows_it(#[case] place: &str, #[case] signature: &str) {
        let empty = HEXLOWER.encode(&Sha256::digest(b""));
        let uri: Uri = format!("https://examplebucket.s3.amazonaws.com{place}").parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(X_AMZ_CONTENT_SHA256, plain(&empty).unwrap());
        let credential = Credential {
            access_key_id: String::from("AKIAIOSFODNN7EXAMPLE"),
            secret_access_key: String::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            session_token: None,
            expires_in: None,
        };
        let time = "2013-05-24T00:00:00Z".parse().unwrap();
        let signer = Signer::new("us-east-1", credential);
        signer.sign_payload(&empty, &Method::GET, &uri, &mut headers, time).unwrap();
        let header = headers[AUTHORIZATION].to_str().unwrap();
        assert_eq!(
            header,
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                 SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"
            )
        );
    }

    #[test]
    fn parameters_are_sorted_by_their_names() {
        let uri: Uri = "http://h/k?a-b=1&a=2&b=&a=1".parse().unwrap();
        let (text, _) = canonical(UNSIGNED, &Method::GET, &uri, &HeaderMap::new()).unwrap();
        assert!(text.starts_with("GET\n/k\na=1&a=2&a-b=1&b=\nhost:h\n"), "{text}");
    }

    #[test]
    fn a_new_day_has_a_new_key() {
        let (parts, credential) = request(None);
        let kept = Signer::new("eu-west-1", credential.clone());
        for time in ["2026-01-01T23:59:59Z", "2026-01-02T00:00:00Z", "2026-01-01T23:59:59Z"] {
            let time = time.parse().unwrap();
            let sign = |signer: &Signer| {
                let mut headers = parts.headers.clone();
                signer.sign(&Method::PUT, &parts.uri, &mut headers, time).unwrap();
                headers
            };
            assert_eq!(sign(&kept), sign(&Signer::new("eu-west-1", credential.clone())));
        }
    }

    #[test]
    fn secrets_are_marked_as_such() {
        let (mut parts, credential) = request(Some("the-token"));
        let signer = Signer::new("eu-west-1", credential);
        signer.sign(&Method::PUT, &parts.uri, &mut parts.headers, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let shown = format!("{:?}", parts.headers);
        assert!(!shown.contains("the-token") && !shown.contains("Signature"), "{shown}");
    }
}
