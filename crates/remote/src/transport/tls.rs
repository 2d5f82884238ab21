//! The one TLS provider of the process.

/// Makes *ring* the TLS provider of this process. Safe to call any number of times; a provider that was installed
/// before stays.
///
/// Certificate authorities are those of the system (`/etc/ssl/certs` and its usual cousins), or what
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
pub fn install_tls() {
    // The only error is that a provider is there already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
