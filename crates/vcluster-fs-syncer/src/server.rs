//! Health, readiness and metrics over HTTP.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tracing::error;

use crate::exit::{Exit, Failure};
use crate::settings::Settings;
use crate::telemetry::{Health, Metrics};

/// What Prometheus asks for when it can have it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Listens, and answers beside all else. Returns where it listens.
pub(crate) async fn start(
    settings: &Settings,
    health: Health,
    metrics: Metrics,
) -> Result<SocketAddr, Failure> {
    let listener = listen(&settings.listen_host, settings.http_port).await.map_err(|cause| {
        let (host, port) = (&settings.listen_host, settings.http_port);
        Failure::new(
            Exit::Configuration,
            format!("cannot listen on {host}:{port}: {cause}; set another HTTPPort"),
        )
    })?;
    let address = listener.local_addr().map_err(Failure::unexpected)?;
    tokio::spawn(async move {
        if let Err(cause) = axum::serve(listener, router(health, metrics)).await {
            error!(%cause, "health and metrics are not served any more");
        }
    });
    Ok(address)
}

/// Without a host it is every address, of IPv6 too where the machine has it.
async fn listen(host: &str, port: u16) -> std::io::Result<TcpListener> {
    if !host.is_empty() {
        return TcpListener::bind((host, port)).await;
    }
    match TcpListener::bind(("::", port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(("0.0.0.0", port)).await,
    }
}

/// The paths that the predecessor had lead to the same answers.
fn router(health: Health, metrics: Metrics) -> Router {
    let probes = Router::new()
        .route("/healthz", get(alive))
        .route("/healthz/live", get(alive))
        .route("/readyz", get(ready))
        .route("/healthz/ready", get(ready))
        .with_state(health);
    Router::new().route("/metrics", get(scrape)).with_state(metrics).merge(probes)
}

async fn alive(State(health): State<Health>) -> Response {
    answer(health.is_alive(Instant::now()))
}

async fn ready(State(health): State<Health>) -> Response {
    answer(health.is_ready())
}

async fn scrape(State(metrics): State<Metrics>) -> Response {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.text()).into_response()
}

fn answer(state: Result<(), String>) -> Response {
    match state {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}
