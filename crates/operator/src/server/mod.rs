//! The servers: HTTPS for the API server, plain HTTP for probes (and for all, where somebody else speaks TLS).

mod health;
mod leaving;
mod reading;
mod routes;
mod webhooks;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use tracing::info;

pub(crate) use health::Health;

use crate::admission::Admission;
use crate::certificate::Served;
use crate::error::OperatorError;

/// A server that listens, before it answers.
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    handle: Handle<SocketAddr>,
}

impl Server {
    /// Listens.
    pub(crate) fn listen(address: SocketAddr) -> Result<Self, OperatorError> {
        let failed = |cause| OperatorError::Listen { address, cause };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, handle: Handle::new() })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How to end it.
    pub(crate) fn handle(&self) -> Ending {
        Ending(self.handle.clone())
    }

    /// Answers in plain HTTP until it is ended.
    pub(crate) async fn serve_plain(self, router: Router) -> Result<(), OperatorError> {
        info!(address = %self.address, "HTTP is served");
        let failed = |cause| OperatorError::Listen { address: self.address, cause };
        let server = axum_server::from_tcp(self.listener).map_err(failed)?;
        server.handle(self.handle).serve(router.into_make_service()).await.map_err(failed)
    }

    /// Answers in HTTPS until it is ended. Which certificate is shown is decided for each connection.
    pub(crate) async fn serve_tls(self, router: Router, served: Served) -> Result<(), OperatorError> {
        info!(address = %self.address, "HTTPS is served");
        let failed = |cause| OperatorError::Listen { address: self.address, cause };
        let config = RustlsConfig::from_config(Arc::new(tls(served)?));
        let server = axum_server::from_tcp_rustls(self.listener, config).map_err(failed)?;
        server.handle(self.handle).serve(router.into_make_service()).await.map_err(failed)
    }
}

/// Ends a server.
#[derive(Clone)]
pub(crate) struct Ending(Handle<SocketAddr>);

impl Ending {
    /// Takes no new requests; those that run have this long.
    pub(crate) fn end_within(&self, patience: Duration) {
        self.0.graceful_shutdown(Some(patience));
    }
}

/// HTTP/2 first: over it a server can say which requests it will not answer, and whoever sent one as this replica ended asks
/// another. API servers speak HTTP/1.1 with webhooks; for them see [`leaving`].
fn tls(served: Served) -> Result<ServerConfig, OperatorError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(OperatorError::Tls)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(served));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// What is answered over plain HTTP. The webhooks only where there is no TLS of ours.
pub(crate) fn plain_router(health: Health, admission: Option<Arc<Admission>>) -> Router {
    match admission {
        Some(admission) => full_router(health, admission),
        None => routes::probes(health),
    }
}

/// All that is answered, as over HTTPS.
pub(crate) fn full_router(health: Health, admission: Arc<Admission>) -> Router {
    let let_go = from_fn_with_state(health.clone(), leaving::let_go);
    routes::probes(health).merge(routes::webhooks(admission)).layer(let_go)
}
