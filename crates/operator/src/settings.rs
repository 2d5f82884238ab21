//! What the administrator chose.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::certificate::Validity;
use crate::scope::Scope;

/// All settings of the operator.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The namespace in which it runs: its Secret and its Lease are there.
    pub namespace: String,
    /// The name of this replica: that of its Pod.
    pub identity: String,
    /// The Lease of the replica that leads.
    pub lease: String,
    /// Where plain HTTP is served.
    pub http: SocketAddr,
    /// Where HTTPS is served, and what with. Without it the webhooks are served over plain HTTP.
    pub tls: Option<Tls>,
    /// The namespaces that are looked at.
    pub scope: Scope,
    /// How containers are made. Their kind is decided by `sidecar`.
    pub injecting: podfs_inject::Settings,
    /// What kind of container syncs.
    pub sidecar: SidecarChoice,
    /// How long requests are still taken after the end was asked for, until nobody sends any.
    pub drain: Duration,
    /// How long requests that are being answered then have.
    pub patience: Duration,
}

/// What kind of container syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SidecarChoice {
    /// A native sidecar where the cluster has them, else a container.
    Auto,
    /// A native sidecar.
    Native,
    /// A container like the application's.
    Container,
}

/// HTTPS.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Where it is served.
    pub address: SocketAddr,
    /// Where the certificate comes from.
    pub certificate: CertificateSource,
}

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum CertificateSource {
    /// The operator makes it.
    Made(MadeCertificate),
    /// Somebody else puts it into files, such as cert-manager, and sees to `caBundle`.
    Files {
        /// The certificate and those between it and its authority, as PEM.
        certificate: PathBuf,
        /// Its key, as PEM.
        key: PathBuf,
        /// How often they are looked at.
        every: Duration,
    },
}

/// A certificate that the operator makes and renews.
#[derive(Debug, Clone)]
pub struct MadeCertificate {
    /// The Secret that holds it.
    pub secret: String,
    /// The `MutatingWebhookConfiguration` whose webhooks are to trust it.
    pub configuration: String,
    /// Host names and addresses by which the API server reaches the webhook.
    pub names: Vec<String>,
    /// How long it is valid.
    pub validity: Validity,
}
