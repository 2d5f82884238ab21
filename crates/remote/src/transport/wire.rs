//! Sends requests: signs each, counts it, bounds its time, reads refusals, and tries again where that can help.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde::Deserialize;

use super::backoff::{Backoff, RetryPolicy};
use super::body::{Incoming, Progress};
use super::client::{self, TimeLimits, Trust, fault_of};
use super::fault::{Answer, Fault};
use super::payload::Payload;
use super::sign::Signing;

/// How much of a refusal is read.
const REFUSAL_LIMIT: usize = 64 * 1024;

/// The way to one store. Clones share connections, credentials and counters.
#[derive(Clone)]
pub(crate) struct Wire {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    /// The store's scheme and host, parsed once.
    store: reqwest::Url,
    signing: Signing,
    retry: RetryPolicy,
    idle: Duration,
    sent: AtomicU64,
}

impl Inner {
    /// As `TryFrom` does it, without parsing the host again each time.
    fn at_url(&self, request: Request<reqwest::Body>) -> reqwest::Request {
        let (parts, body) = request.into_parts();
        let mut url = self.store.clone();
        url.set_path(parts.uri.path());
        url.set_query(parts.uri.query());
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(body);
        request
    }
}

/// A good answer whose body is still coming.
pub(crate) struct Streamed {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Incoming,
}

impl Wire {
    /// The way to `store`, which is the start of every URL that will be asked for. `signing` gets the client, for
    /// credentials that come from a metadata service.
    pub(crate) fn new(
        store: &str,
        limits: TimeLimits,
        retry: RetryPolicy,
        trust: Trust,
        signing: impl FnOnce(reqwest::Client) -> Signing,
    ) -> Result<Self, Fault> {
        let client = client::build(limits, trust)?;
        let signing = signing(client.clone());
        let store = reqwest::Url::parse(store)
            .map_err(|cause| Fault::Request(format!("no valid address: {cause}")))?;
        let inner = Inner { client, store, signing, retry, idle: limits.idle, sent: AtomicU64::new(0) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Requests sent so far, each attempt counted.
    pub(crate) fn requests(&self) -> u64 {
        self.inner.sent.load(Ordering::Relaxed)
    }

    /// A fresh budget of attempts.
    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(self.inner.retry)
    }

    /// Sends until there is a good answer, and reads it whole.
    pub(crate) async fn send(&self, request: &Request<Payload>) -> Result<Response<Bytes>, Fault> {
        let mut backoff = self.backoff();
        loop {
            match self.send_once(request.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => backoff.after(fault).await?,
            }
        }
    }

    /// Sends until a good answer begins. Its body can still break off.
    pub(crate) async fn open(&self, request: &Request<Payload>) -> Result<Streamed, Fault> {
        let mut backoff = self.backoff();
        loop {
            match self.open_once(request.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => backoff.after(fault).await?,
            }
        }
    }

    async fn send_once(&self, request: Request<Payload>) -> Result<Response<Bytes>, Fault> {
        let mut streamed = self.open_once(request).await?;
        let mut answer = Response::new(read_body(&mut streamed.body, usize::MAX).await?);
        *answer.status_mut() = streamed.status;
        *answer.headers_mut() = streamed.headers;
        Ok(answer)
    }

    async fn open_once(&self, mut request: Request<Payload>) -> Result<Streamed, Fault> {
        let head_only = request.method() == Method::HEAD;
        let progress = Progress::start();
        self.inner.signing.sign(&mut request).await?;
        let request = self.inner.at_url(request.map(|content| content.body(&progress)));
        self.inner.sent.fetch_add(1, Ordering::Relaxed);
        let mut response = progress
            .watch(self.inner.idle, self.inner.client.execute(request))
            .await?
            .map_err(|cause| fault_of(&cause))?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Incoming::new(response, self.inner.idle);
        if status.is_success() {
            return Ok(Streamed { status, headers, body });
        }
        let text = if head_only { Bytes::new() } else { read_body(&mut body, REFUSAL_LIMIT).await? };
        Err(Fault::Answer(refusal(status, &text)))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wire").field("requests", &self.requests()).finish_non_exhaustive()
    }
}

/// A request with its length in the head, as stores want it for a body that comes in pieces.
pub(crate) fn wire_request(
    method: Method,
    url: &str,
    content: impl Into<Payload>,
) -> Result<Request<Payload>, Fault> {
    let content = content.into();
    let length = content.length();
    let carries = matches!(method, Method::PUT | Method::POST);
    let mut request = Request::builder()
        .method(method)
        .uri(url)
        .body(content)
        .map_err(|cause| Fault::Request(format!("no valid address: {cause}")))?;
    if carries {
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    Ok(request)
}

async fn read_body(body: &mut Incoming, limit: usize) -> Result<Bytes, Fault> {
    let Some(first) = body.next().await.transpose()? else { return Ok(Bytes::new()) };
    // One piece is the rule, and needs no copy.
    let Some(second) = body.next().await.transpose()? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity(first.len() + second.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while whole.len() < limit {
        let Some(next) = body.next().await.transpose()? else { break };
        whole.extend_from_slice(&next);
    }
    Ok(whole.freeze())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ErrorDocument {
    code: String,
    message: String,
}

/// The code and message of a refusal; more of it (such as the text that was signed) is nobody's business.
fn refusal(status: StatusCode, body: &[u8]) -> Answer {
    let document: ErrorDocument = std::str::from_utf8(body)
        .ok()
        .and_then(|text| quick_xml::de::from_str(text).ok())
        .unwrap_or_default();
    Answer { status: status.as_u16(), code: document.code, message: document.message }
}

/// Reads a document that stands where a success was announced, as `CompleteMultipartUpload` may send it.
pub(crate) fn embedded_refusal(body: &[u8]) -> Option<Answer> {
    let text = std::str::from_utf8(body).ok()?;
    let root = text.trim_start();
    let root =
        root.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(root, |(_, rest)| rest);
    root.trim_start().starts_with("<Error").then(|| refusal(StatusCode::INTERNAL_SERVER_ERROR, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_code_and_message_of_a_refusal() {
        let body = b"<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>gone</Message><Key>k</Key></Error>";
        let answer = refusal(StatusCode::NOT_FOUND, body);
        assert_eq!((answer.code.as_str(), answer.message.as_str()), ("NoSuchKey", "gone"));
        assert_eq!(refusal(StatusCode::BAD_GATEWAY, b"<html>oops").code, "");
    }

    #[test]
    fn finds_a_refusal_inside_a_success() {
        let body = b"<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";
        assert_eq!(embedded_refusal(body).unwrap().code, "InternalError");
        assert_eq!(embedded_refusal(b"<CompleteMultipartUploadResult/>"), None);
    }
}
