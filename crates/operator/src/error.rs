//! Why the operator cannot go on.

use std::net::SocketAddr;

use thiserror::Error;

use crate::certificate::CertificateError;

/// Why the operator does not start, or ends by itself.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// A port is taken, or may not be used.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// TLS itself cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(rustls::Error),
    /// There is nothing to serve.
    #[error(
        "{0}; give the right --tls-crt and --tls-key, or let the operator make a certificate with --certificate-secret"
    )]
    Certificate(#[from] CertificateError),
    /// A part of it ended that should not.
    #[error("{0} ended by itself")]
    Ended(&'static str),
}
