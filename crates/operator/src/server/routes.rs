//! The paths, as the predecessor had them: `/mutate-pods`, `/inform` and `/health`; and `/ready`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::Health;
use crate::admission::{Admission, review};

/// An object can have 1.5 MiB in etcd; a review of a change holds two.
const LARGEST: usize = 8 * 1024 * 1024;

/// Whether it lives, and whether it can answer.
pub(super) fn probes(health: Health) -> Router {
    Router::new().route("/health", get(alive)).route("/ready", get(ready)).with_state(health)
}

/// What the API server asks.
pub(super) fn webhooks(admission: Arc<Admission>) -> Router {
    Router::new()
        .route("/mutate-pods", post(mutate))
        .route("/inform", post(inform))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(admission)
}

async fn alive() -> &'static str {
    "OK\n"
}

async fn ready(State(health): State<Health>) -> Response {
    match health.is_ready() {
        Ok(()) => (StatusCode::OK, "OK\n").into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

async fn mutate(State(admission): State<Arc<Admission>>, body: Bytes) -> Response {
    match review::read(&body) {
        Ok(request) => Json(admission.mutate(&request).await.review(&request.uid)).into_response(),
        Err(message) => malformed(message),
    }
}

async fn inform(State(admission): State<Arc<Admission>>, body: Bytes) -> Response {
    match review::read(&body) {
        Ok(request) => Json(admission.inform(&request).review(&request.uid)).into_response(),
        Err(message) => malformed(message),
    }
}

fn malformed(message: String) -> Response {
    tracing::warn!(message, "a request that makes no sense");
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::BAD_REQUEST, plain, format!("{message}\n")).into_response()
}
