//! Clients that note what is asked of the API server, or hear of nothing new.

use std::sync::{Arc, Mutex};

use http::{Request, Uri};
use kube::Client;
use kube::client::{Body, ClientBuilder};
use tower::util::MapRequestLayer;

use crate::install::Installation;

/// Method and path of each request.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    /// A client with the chart's rights, whose requests are noted from now on.
    pub(crate) async fn client(&self, installation: &Installation) -> Client {
        let noted = self.0.clone();
        let note = MapRequestLayer::new(move |request: Request<Body>| {
            noted.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
            request
        });
        ClientBuilder::try_from(installation.own_config().await).unwrap().with_layer(&note).build()
    }

    /// All since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A client with the chart's rights that is never told of an object's change. It may list.
pub(crate) async fn deaf_client(installation: &Installation) -> Client {
    let divert = MapRequestLayer::new(|mut request: Request<Body>| {
        let uri = request.uri();
        let watches = uri.query().is_some_and(|query| query.contains("watch=true"));
        if watches && uri.path().ends_with("/podfilesystemsyncs") {
            *request.uri_mut() = Uri::from_static("/nowhere");
        }
        request
    });
    ClientBuilder::try_from(installation.own_config().await).unwrap().with_layer(&divert).build()
}
