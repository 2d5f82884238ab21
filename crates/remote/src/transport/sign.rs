//! Who signs a request: credentials are loaded once, and again before they expire.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::Request;
use reqsign_aws_v4::Credential;
use reqsign_core::{
    Context, FileRead, HttpSend, OsEnv, ProvideCredential, ProvideCredentialDyn, SigningCredential,
};
use tokio::sync::Mutex;

use super::fault::Fault;
use super::sigv4::Signer;

/// What signs requests; nothing for a public bucket.
pub(crate) enum Signing {
    /// Requests go out as they are.
    Anonymous,
    /// With credentials.
    With(Box<Credentials>),
}

/// Credentials and where they come from.
pub(crate) struct Credentials {
    region: String,
    context: Context,
    provider: Arc<dyn ProvideCredentialDyn<Credential = Credential>>,
    current: RwLock<Option<Arc<Signer>>>,
    /// Held while credentials are loaded, so that they are asked for once.
    loading: Mutex<()>,
}

impl Signing {
    /// Signs for `region` with what `provider` finds. `client` is for providers that ask a metadata service.
    pub(crate) fn new(
        region: &str,
        provider: impl ProvideCredential<Credential = Credential>,
        client: reqwest::Client,
    ) -> Self {
        let context = Context::new().with_file_read(Files).with_http_send(Plain(client)).with_env(OsEnv);
        Self::With(Box::new(Credentials {
            region: region.to_owned(),
            context,
            provider: Arc::new(provider),
            current: RwLock::new(None),
            loading: Mutex::new(()),
        }))
    }

    /// Puts the signature on. The body is not part of it: its integrity is checked by its MD5 instead.
    pub(super) async fn sign<B>(&self, request: &mut Request<B>) -> Result<(), Fault> {
        let Self::With(credentials) = self else { return Ok(()) };
        let signer = credentials.signer().await?;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        signer.sign(&method, &uri, request.headers_mut(), jiff::Timestamp::now())
    }
}

impl Credentials {
    async fn signer(&self) -> Result<Arc<Signer>, Fault> {
        if let Some(signer) = self.fresh() {
            return Ok(signer);
        }
        let _turn = self.loading.lock().await;
        if let Some(signer) = self.fresh() {
            return Ok(signer);
        }
        let missing = || {
            Fault::Credentials(String::from(
                "no usable credentials in the environment, in profile files, or from a metadata service",
            ))
        };
        // What went wrong may quote what was found, so it is not passed on.
        let found = self.provider.provide_credential_dyn(&self.context).await.map_err(|_| missing())?;
        let signer = Arc::new(Signer::new(&self.region, found.ok_or_else(missing)?));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&signer));
        Ok(signer)
    }

    fn fresh(&self) -> Option<Arc<Signer>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|signer| signer.credential().is_valid()).cloned()
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
