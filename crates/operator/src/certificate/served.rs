//! The certificate that the server shows, which can be another one for each connection.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// Shared between the server and who follows the certificate. A connection keeps the one that it began with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Served {
    current: Arc<RwLock<Option<Arc<CertifiedKey>>>>,
}

impl Served {
    /// Shows another one from now on.
    pub(super) fn set(&self, key: CertifiedKey) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(key));
    }

    /// Whether there is one to show.
    pub(crate) fn is_there(&self) -> bool {
        self.get().is_some()
    }

    /// The one that is shown now.
    pub(super) fn get(&self) -> Option<Arc<CertifiedKey>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.get()
    }
}
