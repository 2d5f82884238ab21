//! The paths, as the predecessor had them: `/mutate-pods`, `/inform` and `/health`; and `/ready`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::sync::Semaphore;

use super::Health;
use crate::admission::Admission;
use crate::admission::review::{self, MOST_OF_A_POD, MOST_OF_AN_OBJECT};

/// Bytes of a question. An object can have 1.5 MiB in etcd; a review of a change holds two.
const LARGEST: usize = 3 * 1024 * 1024;
/// Questions that are read or answered at once; the others wait. Whoever reaches the port may ask, and memory is bounded.
const AT_ONCE: usize = 16;
/// For one of them, from its first byte to its answer. The API server waits no longer than 30 s.
const LONGEST: Duration = Duration::from_secs(30);
/// For an answer where who asks does not say how long it waits.
const USUAL: Duration = Duration::from_secs(4);

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
        .layer(from_fn_with_state(Arc::new(Semaphore::new(AT_ONCE)), in_turn))
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

async fn in_turn(State(turns): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let answered = async {
        // It is never closed.
        let _turn = turns.acquire().await;
        next.run(request).await
    };
    let in_time = tokio::time::timeout(LONGEST, answered).await;
    in_time.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

/// What is left for an answer, so that it is there before who asks stops waiting: the API server says when that is.
fn limit(uri: &Uri) -> Duration {
    let mut parameters = uri.query().unwrap_or_default().split('&');
    let seconds =
        parameters.find_map(|parameter| parameter.strip_prefix("timeout=")?.strip_suffix('s')?.parse().ok());
    seconds.map_or(USUAL, |seconds: u32| (Duration::from_secs(1) * seconds * 4 / 5).min(LONGEST))
}

async fn mutate(State(admission): State<Arc<Admission>>, uri: Uri, body: Bytes) -> Response {
    match review::read(&body, MOST_OF_A_POD) {
        Ok(request) => {
            Json(admission.mutate(&request, limit(&uri)).await.review(&request.uid)).into_response()
        }
        Err(message) => malformed(message),
    }
}

async fn inform(State(admission): State<Arc<Admission>>, body: Bytes) -> Response {
    match review::read(&body, MOST_OF_AN_OBJECT) {
        Ok(request) => Json(admission.inform(&request).review(&request.uid)).into_response(),
        Err(message) => malformed(message),
    }
}

fn malformed(message: String) -> Response {
    tracing::warn!(message, "a request that makes no sense");
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::BAD_REQUEST, plain, format!("{message}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/mutate-pods?timeout=5s", 4_000)]
    #[case("/mutate-pods?x=1&timeout=1s", 800)]
    #[case("/mutate-pods?timeout=4000000000s", 30_000)]
    #[case("/mutate-pods?timeout=soon", 4_000)]
    #[case("/mutate-pods", 4_000)]
    fn an_answer_is_there_before_who_asks_stops_waiting(#[case] uri: &str, #[case] milliseconds: u64) {
        assert_eq!(limit(&uri.parse().unwrap()), Duration::from_millis(milliseconds));
    }
}
