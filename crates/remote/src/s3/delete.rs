//! Deletes, a thousand keys to a request.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>

use std::collections::HashMap;

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderValue, Method};
use podfs_sync::{ErrorKind, RelativePath, RemoteError};
use quick_xml::escape::escape;
use serde::Deserialize;

use super::checksum;
use super::store::Store;
use crate::transport::{Answer, Fault, embedded_refusal};

/// The most keys that one request takes.
pub(super) const BATCH: usize = 1000;
/// Requests at a time for keys that go one by one.
const SINGLES: usize = 8;

type Failed = Vec<(RelativePath, RemoteError)>;
type Keyed = (String, RelativePath);

/// Removes files; gives those that are still there, and why.
pub(super) async fn delete(store: &Store, paths: &[RelativePath]) -> Failed {
    let mut failed = Failed::new();
    let (mut batched, mut singles) = (Vec::new(), Vec::new());
    for path in paths {
        match store.key("delete", path) {
            Ok(key) if fits_xml(&key) => batched.push((key, path.clone())),
            Ok(key) => singles.push((key, path.clone())),
            Err(error) => failed.push((path.clone(), error)),
        }
    }
    for batch in batched.chunks(BATCH) {
        match batch {
            [single] => singles.push(single.clone()),
            _ => match delete_batch(store, batch).await {
                Ok(refused) => failed.extend(refused),
                Err(fault) if is_unknown(&fault) => singles.extend_from_slice(batch),
                Err(fault) => {
                    failed.extend(batch.iter().map(|(_, path)| failure(store, path, fault.clone())));
                }
            },
        }
    }
    failed.extend(delete_singly(store, singles).await);
    failed
}

/// XML 1.0 cannot hold control characters, and parsers change a carriage return.
fn fits_xml(key: &str) -> bool {
    key.chars().all(|character| !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}'))
}

/// Some stores have no such request.
fn is_unknown(fault: &Fault) -> bool {
    fault.answer().is_some_and(|answer| matches!(answer.status, 405 | 501))
}

async fn delete_singly(store: &Store, keys: Vec<Keyed>) -> Failed {
    let deletes = keys.into_iter().map(|(key, path)| async move {
        let deleted = delete_one(store, &key).await;
        deleted.err().filter(|fault| !fault.is_missing_object()).map(|fault| failure(store, &path, fault))
    });
    futures::stream::iter(deletes).buffer_unordered(SINGLES).filter_map(std::future::ready).collect().await
}

async fn delete_one(store: &Store, key: &str) -> Result<(), Fault> {
    let request = store.request(Method::DELETE, &store.address.object(key, &[]), Bytes::new())?;
    store.wire.send(&request).await.map(|_| ())
}

/// Deletes a batch; keys whose refusal may pass are asked for again.
async fn delete_batch(store: &Store, batch: &[Keyed]) -> Result<Failed, Fault> {
    let mut waiting: HashMap<&str, &RelativePath> =
        batch.iter().map(|(key, path)| (key.as_str(), path)).collect();
    let mut failed = Failed::new();
    let mut backoff = store.wire.backoff();
    loop {
        let refused = ask(store, waiting.keys().copied()).await?;
        let mut again: Option<Fault> = None;
        let mut still = HashMap::new();
        for error in refused {
            let Some((key, path)) = waiting.remove_entry(error.key.as_str()) else { continue };
            let fault = error.fault();
            if fault.may_pass() {
                still.insert(key, path);
                again = Some(fault);
            } else if !fault.is_missing_object() {
                failed.push(failure(store, path, fault));
            }
        }
        waiting = still;
        let Some(fault) = again else { return Ok(failed) };
        if let Err(fault) = backoff.after(fault).await {
            failed.extend(waiting.into_values().map(|path| failure(store, path, fault.clone())));
            return Ok(failed);
        }
    }
}

async fn ask(store: &Store, keys: impl Iterator<Item = &str>) -> Result<Vec<KeyError>, Fault> {
    let body = Bytes::from(document(keys));
    let sum = HeaderValue::from_str(&checksum::base64(&checksum::sum(&body)))
        .map_err(|cause| Fault::Request(cause.to_string()))?;
    let mut request = store.request(Method::POST, &store.address.bucket(&[("delete", "")]), body)?;
    request.headers_mut().insert("content-md5", sum);
    request.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    let answer = store.wire.send(&request).await?;
    if let Some(refusal) = embedded_refusal(answer.body()) {
        return Err(Fault::Answer(refusal));
    }
    errors(answer.body())
}

/// What went wrong, key by key, as the store's answer has it.
pub(super) fn errors(body: &[u8]) -> Result<Vec<KeyError>, Fault> {
    let nonsense = |cause: String| Fault::Nonsense(format!("delete: {cause}"));
    let text = str::from_utf8(body).map_err(|cause| nonsense(cause.to_string()))?;
    let document: Document = quick_xml::de::from_str(text).map_err(|cause| nonsense(cause.to_string()))?;
    Ok(document.errors)
}

fn document<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    let mut text =
        String::from("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");
    for key in keys {
        text.push_str("<Object><Key>");
        text.push_str(&escape(key));
        text.push_str("</Key></Object>");
    }
    text.push_str("</Delete>");
    text
}

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(rename = "Error", default)]
    errors: Vec<KeyError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
pub(super) struct KeyError {
    key: String,
    code: String,
    message: String,
}

impl KeyError {
    /// As if the key had been deleted by a request of its own.
    fn fault(self) -> Fault {
        let status = match self.code.as_str() {
            "NoSuchKey" => 404,
            "AccessDenied" => 403,
            "SlowDown" | "ServiceUnavailable" => 503,
            "InternalError" => 500,
            _ => 400,
        };
        Fault::Answer(Answer { status, code: self.code, message: self.message })
    }
}

fn failure(store: &Store, path: &RelativePath, fault: Fault) -> (RelativePath, RemoteError) {
    let missing = fault.answer().is_some_and(|answer| answer.code == "NoSuchBucket");
    let mut error = store.doing("delete", path).failed(fault);
    if missing {
        error.kind = ErrorKind::NotFound;
    }
    (path.clone(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_escaped_and_only_plain_ones_are_batched() {
        assert!(document(["a<b&c"].into_iter()).contains("<Key>a&lt;b&amp;c</Key>"));
        for plain in [" a ", "a+b%41?#\\", "ä/ü", "\u{2409}"] {
            assert!(fits_xml(plain), "{plain:?}");
        }
        for odd in ["a\tb", "a\nb", "a\rb", "\u{1}", "\u{7f}", "\u{ffff}"] {
            assert!(!fits_xml(odd), "{odd:?}");
        }
    }

    #[test]
    fn errors_are_read_key_by_key() {
        let text = "<DeleteResult><Error><Key>a&amp;b</Key><Code>AccessDenied</Code></Error></DeleteResult>";
        let document: Document = quick_xml::de::from_str(text).unwrap();
        assert_eq!(document.errors[0].key, "a&b");
        let empty: Document = quick_xml::de::from_str("<DeleteResult></DeleteResult>").unwrap();
        assert!(empty.errors.is_empty());
    }
}
