//! Answers that are documents, and those whose status comes before the store knows how it went.

use bytes::Bytes;
use http::Request;
use serde::Deserialize;

use super::store::Store;
use crate::transport::{Answer, Fault, Payload, embedded_refusal};

/// Reads a document.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    let text = str::from_utf8(body).map_err(|cause| Fault::Nonsense(cause.to_string()))?;
    quick_xml::de::from_str(text).map_err(|cause| Fault::Nonsense(cause.to_string()))
}

/// Sends what takes a store long, such as putting parts together: it announces success at once, and may say in the body
/// that it failed.
pub(super) async fn to_long_work(store: &Store, request: &Request<Payload>) -> Result<Bytes, Fault> {
    let mut backoff = store.wire.backoff();
    loop {
        let answer = store.wire.send(request).await?;
        match embedded_refusal(answer.body()) {
            None => return Ok(answer.into_body()),
            Some(refusal) => backoff.after(Fault::Answer(with_status(refusal))).await?,
        }
    }
}

/// The status that the store would have sent with this code, had it known.
fn with_status(refusal: Answer) -> Answer {
    let status = match refusal.code.as_str() {
        "NoSuchUpload" | "NoSuchKey" => 404,
        "PreconditionFailed" => 412,
        "InternalError" => 500,
        "SlowDown" | "ServiceUnavailable" => 503,
        _ => 400,
    };
    Answer { status, ..refusal }
}
