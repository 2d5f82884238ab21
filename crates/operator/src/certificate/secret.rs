//! The Secret that holds the certificates. Who writes must have seen what is there: of two that begin at once, one wins.

use k8s_openapi::api::core::v1::Secret;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tracing::warn;

use super::CertificateError;
use super::stored::Stored;

/// Where the certificates are.
#[derive(Clone)]
pub(super) struct CertificateSecret {
    api: Api<Secret>,
    namespace: String,
    name: String,
}

/// What was found, and the version of it.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Nothing where the Secret is missing, or makes no sense.
    pub(super) stored: Option<Stored>,
    /// Where there is a Secret, itself, to be written over.
    secret: Option<Secret>,
}

impl CertificateSecret {
    pub(super) fn new(client: Client, namespace: &str, name: &str) -> Self {
        let api = Api::namespaced(client, namespace);
        Self { api, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Reads it.
    pub(super) async fn read(&self) -> Result<Found, CertificateError> {
        let secret = self.api.get_opt(&self.name).await.map_err(|cause| self.failed("read", cause))?;
        Ok(Found { stored: secret.as_ref().and_then(read_secret), secret })
    }

    /// Writes it, unless somebody else did since it was read: then `false`.
    pub(super) async fn write(&self, found: Found, stored: &Stored) -> Result<bool, CertificateError> {
        let written = match found.secret {
            Some(secret) => {
                let secret = Secret { data: Some(stored.data()), ..secret };
                self.api.replace(&self.name, &PostParams::default(), &secret).await
            }
            None => self.api.create(&PostParams::default(), &self.fresh(stored)).await,
        };
        match written {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(cause) => Err(self.failed("write", cause)),
        }
    }

    fn fresh(&self, stored: &Stored) -> Secret {
        Secret {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                namespace: Some(self.namespace.clone()),
                ..ObjectMeta::default()
            },
            data: Some(stored.data()),
            ..Secret::default()
        }
    }

    fn failed(&self, operation: &'static str, cause: kube::Error) -> CertificateError {
        let object = format!("Secret {}/{}", self.namespace, self.name);
        CertificateError::Api { operation, object, cause: Box::new(cause) }
    }
}

/// What a Secret holds, if that makes sense.
pub(super) fn read_secret(secret: &Secret) -> Option<Stored> {
    let data = secret.data.as_ref().filter(|data| !data.is_empty())?;
    Stored::read(data)
        .inspect_err(|error| warn!(%error, "the Secret with the webhook's certificates makes no sense"))
        .ok()
}
