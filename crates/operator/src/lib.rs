//! The operator: answers the API server's questions about Pods, and keeps what they need.
//!
//! Requests are answered from watched state alone. What is written (certificates, encryption keys, status) is written by one
//! replica, and each write says what it has seen.

mod admission;
mod certificate;
mod cluster;
mod encryption;
mod error;
mod events;
mod lease;
mod operator;
mod patience;
mod scope;
mod server;
mod settings;
mod status;
mod tasks;
mod watched;

pub use certificate::{CertificateError, Validity};
pub use error::OperatorError;
pub use operator::Operator;
pub use scope::Scope;
pub use settings::{CertificateSource, MadeCertificate, Settings, SidecarChoice, Tls};
