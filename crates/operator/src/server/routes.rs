//! The paths, as the predecessor had them: `/mutate-pods`, `/inform` and `/health`; and `/ready`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::Health;
use super::webhooks::{NoAnswer, Webhooks};
use crate::admission::Admission;

/// For an answer, from the first byte of its question. The API server waits no longer than 30 s.
const LONGEST: Duration = Duration::from_secs(30);
/// The same where who asks does not say how long it waits.
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
        .with_state(Arc::new(Webhooks::new(admission)))
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

/// How long an answer may take, so that it is there before who asks stops waiting: the API server says when that is.
fn limit(uri: &Uri) -> Duration {
    let mut parameters = uri.query().unwrap_or_default().split('&');
    let seconds =
        parameters.find_map(|parameter| parameter.strip_prefix("timeout=")?.strip_suffix('s')?.parse().ok());
    seconds.map_or(USUAL, |seconds: u32| (Duration::from_secs(1) * seconds * 4 / 5).min(LONGEST))
}

type Answered = Result<Response, NoAnswer>;

async fn mutate(State(webhooks): State<Arc<Webhooks>>, uri: Uri, body: Body) -> Answered {
    webhooks.mutate(body, limit(&uri)).await
}

async fn inform(State(webhooks): State<Arc<Webhooks>>, uri: Uri, body: Body) -> Answered {
    webhooks.inform(body, limit(&uri)).await
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
