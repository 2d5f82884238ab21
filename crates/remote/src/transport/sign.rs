//! Signatures (AWS, version 4) and where their credentials come from.

use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, HOST};
use reqsign_aws_v4::{Credential, RequestSigner};
use reqsign_core::{Context, FileRead, HttpSend, OsEnv, ProvideCredential, Signer};

use super::fault::Fault;

/// What signs requests; nothing for a public bucket.
#[derive(Clone)]
pub(crate) enum Signing {
    /// Requests go out as they are.
    Anonymous,
    /// With credentials, which are loaded once and again before they expire.
    With(Signer<Credential>),
}

impl Signing {
    /// Signs for `region` with what `provider` finds. `client` is for providers that ask a metadata service.
    pub(crate) fn new(
        region: &str,
        provider: impl ProvideCredential<Credential = Credential>,
        client: reqwest::Client,
    ) -> Self {
        let context = Context::new().with_file_read(Files).with_http_send(Plain(client)).with_env(OsEnv);
        Self::With(Signer::new(context, provider, RequestSigner::new("s3", region)))
    }

    /// Puts the signature on. The body is not part of it: its integrity is checked by its MD5 instead.
    pub(super) async fn sign<B>(&self, request: Request<B>) -> Result<Request<B>, Fault> {
        let Self::With(signer) = self else { return Ok(request) };
        let (mut parts, body) = request.into_parts();
        signer.sign(&mut parts, None).await.map_err(|cause| match cause.kind() {
            reqsign_core::ErrorKind::RequestInvalid => Fault::Request(cause.to_string()),
            _ => Fault::Credentials(String::from("no usable credentials were found")),
        })?;
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Err(Fault::Credentials(String::from("no credentials were found")));
        }
        // The client sets it by itself.
        parts.headers.remove(HOST);
        Ok(Request::from_parts(parts, body))
    }
}

#[derive(Debug)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> reqsign_core::Result<Vec<u8>> {
        tokio::fs::read(path)
            .await
            .map_err(|cause| reqsign_core::Error::config_invalid("file cannot be read").with_source(cause))
    }
}

#[derive(Debug)]
struct Plain(reqwest::Client);

impl HttpSend for Plain {
    async fn http_send(&self, request: Request<Bytes>) -> reqsign_core::Result<http::Response<Bytes>> {
        let failed = |cause: reqwest::Error| {
            reqsign_core::Error::unexpected("request for credentials").with_source(cause).set_retryable(true)
        };
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let mut response = self.0.execute(request).await.map_err(failed)?;
        let mut answer = http::Response::new(Bytes::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        *answer.body_mut() = response.bytes().await.map_err(failed)?;
        Ok(answer)
    }
}
