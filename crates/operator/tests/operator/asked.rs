//! Clients that note what is asked of the API server, hear of nothing new, fail once, hold something back, or are not answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use http::{Request, Response, Uri};
use kube::Client;
use kube::client::{Body, ClientBuilder};
use tokio::sync::Semaphore;
use tower::service_fn;
use tower::util::MapRequestLayer;

use crate::install::Installation;

/// Method and path of each request.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    /// A client with the chart's rights, whose requests are noted from now on.
    pub(crate) async fn client(&self, installation: &Installation) -> Client {
        let noted = self.clone();
        let note = MapRequestLayer::new(move |request: Request<Body>| {
            noted.note(&request);
            request
        });
        ClientBuilder::try_from(installation.own_config().await).unwrap().with_layer(&note).build()
    }

    fn note(&self, request: &Request<Body>) {
        self.0.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
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

/// A client with the chart's rights whose first question about what lies there fails, as when the API server has a bad moment.
pub(crate) async fn failing_once(installation: &Installation, there: &'static str) -> Client {
    let client = Client::try_from(installation.own_config().await).unwrap();
    let failed = Arc::new(AtomicBool::new(false));
    let fail = move |request: Request<Body>| {
        let (client, failed) = (client.clone(), failed.clone());
        async move {
            if request.uri().path().ends_with(there) && !failed.swap(true, Ordering::Relaxed) {
                return Ok(Response::builder().status(500).body(Body::empty()).unwrap());
            }
            client.send(request).await
        }
    };
    Client::new(service_fn(fail), "default")
}

/// A client with the chart's rights whose questions about Secrets are noted and never answered, as when the network swallows them.
pub(crate) async fn unanswered_about_secrets(installation: &Installation, asked: &Asked) -> Client {
    let (client, asked) = (Client::try_from(installation.own_config().await).unwrap(), asked.clone());
    let swallow = move |request: Request<Body>| {
        let (client, asked) = (client.clone(), asked.clone());
        async move {
            if request.uri().path().ends_with("/secrets/key") {
                asked.note(&request);
                std::future::pending::<()>().await;
            }
            client.send(request).await
        }
    };
    Client::new(service_fn(swallow), "default")
}

/// Holds the first question about a Secret back.
#[derive(Clone)]
pub(crate) struct Held {
    asked: Arc<Semaphore>,
    may_go: Arc<Semaphore>,
}

impl Held {
    /// A client with the chart's rights whose first question about the Secret `key` is held back.
    pub(crate) async fn client(installation: &Installation) -> (Client, Self) {
        let client = Client::try_from(installation.own_config().await).unwrap();
        let held = Self { asked: Arc::new(Semaphore::new(0)), may_go: Arc::new(Semaphore::new(0)) };
        let (gate, first) = (held.clone(), Arc::new(AtomicBool::new(true)));
        let hold = move |request: Request<Body>| {
            let (client, gate, first) = (client.clone(), gate.clone(), first.clone());
            async move {
                let about_key = request.uri().path().ends_with("/secrets/key");
                if about_key && first.swap(false, Ordering::Relaxed) {
                    gate.asked.add_permits(1);
                    gate.may_go.acquire().await.unwrap().forget();
                }
                client.send(request).await
            }
        };
        (Client::new(service_fn(hold), "default"), held)
    }

    /// Waits for the question.
    pub(crate) async fn until_asked(&self) {
        self.asked.acquire().await.unwrap().forget();
    }

    /// Lets it go.
    pub(crate) fn release(&self) {
        self.may_go.add_permits(1);
    }
}
