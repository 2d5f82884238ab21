//! The certificate of the webhook: made, kept, rotated and made known to the API server, or read from files.
//!
//! One replica keeps it (`keeper`): it makes generations, stores them in a Secret and writes the authorities into
//! `caBundle`. All replicas follow that Secret. [`plan`] decides, purely, what is next.

mod bundle;
mod files;
mod follow;
mod generation;
mod keeper;
mod plan;
mod secret;
mod served;
mod stored;

use std::time::Duration;

use thiserror::Error;

pub(crate) use files::follow_files;
pub(crate) use follow::follow_secret;
pub(crate) use keeper::Keeper;
pub(crate) use served::Served;

/// How long certificates live, and how carefully they are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validity {
    /// From the making of a certificate to its end. It is replaced when two thirds of it are over.
    pub lifetime: Duration,
    /// How long the API server knows a new authority before its certificate is served.
    pub overlap: Duration,
}

impl Default for Validity {
    fn default() -> Self {
        Self { lifetime: Duration::from_secs(365 * 24 * 60 * 60), overlap: Duration::from_secs(10 * 60) }
    }
}

/// Why there is no certificate, or not the one that there should be.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// It could not be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// What should be PEM is something else.
    #[error("this is not PEM as it should be: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// There is none in what should hold it.
    #[error("there is no certificate in it")]
    Empty,
    /// The certificate makes no sense.
    #[error("the certificate cannot be read: {0}")]
    Unreadable(String),
    /// Certificate and key do not belong together, or are of a kind that cannot be served.
    #[error("certificate and key cannot be served: {0}")]
    Unservable(#[from] rustls::Error),
    /// A part of the Secret is missing.
    #[error("key {0} is missing, or not text")]
    Missing(&'static str),
    /// A file cannot be read.
    #[error("cannot read {path}: {cause}")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The API server did not do what it was asked for.
    #[error("cannot {operation} {object}: {cause}")]
    Api {
        /// What was tried.
        operation: &'static str,
        /// On what.
        object: String,
        /// What the client said.
        cause: Box<kube::Error>,
    },
}
