//! Letting go of connections before the end.
//!
//! An API server keeps its HTTP/1.1 connections to webhooks for minutes, and a request that it sends just as one is closed is
//! lost: nobody knows whether it was heard, so the Pod is refused. So each answer that a replica gives on its way out is
//! the last one of its connection, and says so. Over HTTP/2 the protocol has its own word for that.

use axum::extract::{Request, State};
use axum::http::Version;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::Health;

/// Answers, and says whether it was the last answer.
pub(super) async fn let_go(State(health): State<Health>, request: Request, next: Next) -> Response {
    let persists = request.version() == Version::HTTP_11;
    let mut response = next.run(request).await;
    if persists && health.is_ending() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
