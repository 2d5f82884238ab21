//! Calls to rclone's remote control over its Unix socket.

use std::path::Path;
use std::sync::Arc;

use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::form::Form;

const FORM: &str = "application/x-www-form-urlencoded";

/// Why a call gave nothing.
#[derive(Debug, Clone)]
pub(super) enum CallError {
    /// rclone answered that the command failed.
    Refused {
        /// The HTTP status: 404 for what is not there, 500 for most else.
        status: u16,
        /// rclone's words.
        message: String,
    },
    /// No answer came: rclone has died, or something that is not rclone answers.
    Lost(String),
}

/// A client of one rclone. Dropping the future of a call cancels the command in rclone.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

impl Client {
    /// A client for the rclone behind `socket`; it connects at the first call.
    pub(super) fn new(socket: &Path) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .unix_socket(socket)
            .no_proxy()
            .tls_backend_preconfigured(unused_tls()?)
            .build()
            .map_err(|cause| chain(&cause))?;
        Ok(Self { http })
    }

    /// Runs `command` (`operations/list`) and reads its answer.
    pub(super) async fn call<T: DeserializeOwned>(&self, command: &str, input: Form) -> Result<T, CallError> {
        let request = self.http.post(format!("http://rclone/{command}"));
        let request = request.header(CONTENT_TYPE, FORM).body(input.into_body());
        let response = request.send().await.map_err(|cause| CallError::Lost(chain(&cause)))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|cause| CallError::Lost(chain(&cause)))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|cause| CallError::Lost(cause.to_string()));
        }
        let message = match serde_json::from_slice::<Failure>(&body) {
            Ok(failure) => failure.error,
            Err(_) => format!("HTTP status {status}"),
        };
        Err(CallError::Refused { status: status.as_u16(), message })
    }
}

/// A Unix socket needs no TLS, but the client would look for a process-wide TLS provider and stop without one.
fn unused_tls() -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// An error with its causes: the outermost alone says only "error sending request".
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
