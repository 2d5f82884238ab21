//! What a client asks of the API server, noted.

use std::sync::{Arc, Mutex};

use http::Request;
use kube::Client;
use kube::client::{Body, ClientBuilder};
use tower::util::MapRequestLayer;

use crate::install::Installation;

/// Method and path of each request.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    /// A client with the chart's rights, whose requests are noted from now on.
    pub(crate) async fn client(&self, installation: &Installation<'_>) -> Client {
        let noted = self.0.clone();
        let note = MapRequestLayer::new(move |request: Request<Body>| {
            noted.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
            request
        });
        let config = installation.own_config().await;
        ClientBuilder::try_from(config).unwrap().with_layer(&note).build()
    }

    /// All since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}
