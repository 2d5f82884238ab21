//! One replica: the tasks, put together.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use kube::Client;
use kube::runtime::watcher;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::admission::{Admission, Told};
use crate::certificate::{Keeper, Served, follow_files, follow_secret};
use crate::cluster::sidecar_mode;
use crate::error::OperatorError;
use crate::events::Publisher;
use crate::lease::{Leadership, while_leading};
use crate::patience;
use crate::server::{Health, Server, full_router, plain_router};
use crate::settings::{CertificateSource, MadeCertificate, Settings};
use crate::status::StatusKeeper;
use crate::tasks::Tasks;
use crate::watched::{Objects, follow, read_object};

/// One replica, which listens.
pub struct Operator {
    settings: Settings,
    client: Client,
    http: Server,
    https: Option<Server>,
}

impl Operator {
    /// Listens. Nobody is answered yet.
    ///
    /// # Errors
    /// When a port cannot be had.
    pub fn bind(settings: Settings, client: Client) -> Result<Self, OperatorError> {
        let http = Server::listen(settings.http)?;
        let https = settings.tls.as_ref().map(|tls| Server::listen(tls.address)).transpose()?;
        Ok(Self { settings, client: patience::within(client, patience::LONGEST), http, https })
    }

    /// Where plain HTTP is served.
    #[must_use]
    pub fn http_address(&self) -> SocketAddr {
        self.http.address()
    }

    /// Where HTTPS is served.
    #[must_use]
    pub fn https_address(&self) -> Option<SocketAddr> {
        self.https.as_ref().map(Server::address)
    }

    /// Works until `stop` is done, and then lets what it has begun end.
    ///
    /// # Errors
    /// When it cannot begin, or a part of it ends by itself.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), OperatorError> {
        let Self { settings, client, http, https } = self;
        let served = https.is_some().then(Served::default);
        let work = Work {
            objects: Objects::new(settings.scope.watches()),
            health: Health::new(served.clone()),
            injecting: Arc::default(),
            settings,
            client,
        };
        let leadership = work.leadership();
        let mut tasks = Tasks::default();
        work.begin_certificate(&mut tasks, served.as_ref(), &leadership).await?;
        let publisher = work.begin_events(&mut tasks);
        work.begin_watching(&mut tasks);
        work.begin_status(&mut tasks, publisher.clone(), &leadership);

        let admission = work.admission(publisher);
        let endings = [Some(http.handle()), https.as_ref().map(Server::handle)];
        let over_plain = https.is_none().then(|| admission.clone());
        tasks.add_server("HTTP", http.serve_plain(plain_router(work.health.clone(), over_plain)));
        if let (Some(https), Some(served)) = (https, served) {
            tasks.add_server("HTTPS", https.serve_tls(full_router(work.health.clone(), admission), served));
        }

        let leaving = CancellationToken::new();
        let lease = tokio::spawn(leadership.take_part(leaving.clone().cancelled_owned()));
        let outcome = tokio::select! {
            error = tasks.any_ends() => Err(error),
            () = stop => Ok(()),
        };
        info!("ending: others are asked from now on, and requests that come here still are answered");
        work.health.ending();
        leaving.cancel();
        if outcome.is_ok() {
            tokio::time::sleep(work.settings.drain).await;
        }
        for ending in endings.into_iter().flatten() {
            ending.end_within(work.settings.patience);
        }
        tasks.servers_end(work.settings.patience).await;
        // It gives the Lease back, or does not; either is in its time.
        let _ = lease.await;
        outcome
    }
}

/// What the tasks share.
struct Work {
    settings: Settings,
    client: Client,
    objects: Objects,
    health: Health,
    injecting: Arc<OnceLock<podfs_inject::Settings>>,
}

impl Work {
    fn leadership(&self) -> Leadership {
        let Settings { namespace, lease, identity, .. } = &self.settings;
        Leadership::new(self.client.clone(), namespace, lease, identity)
    }

    fn admission(&self, publisher: Publisher) -> Arc<Admission> {
        Arc::new(Admission {
            client: self.client.clone(),
            own_namespace: self.settings.namespace.clone(),
            scope: self.settings.scope.clone(),
            objects: self.objects.clone(),
            injecting: self.injecting.clone(),
            told: Told::new(publisher),
        })
    }

    async fn begin_certificate(
        &self,
        tasks: &mut Tasks,
        served: Option<&Served>,
        leadership: &Leadership,
    ) -> Result<(), OperatorError> {
        let (Some(tls), Some(served)) = (&self.settings.tls, served) else { return Ok(()) };
        match &tls.certificate {
            CertificateSource::Made(made) => self.begin_making(tasks, made, served, leadership),
            CertificateSource::Files { certificate, key, every } => {
                let files = follow_files(certificate.clone(), key.clone(), *every, served.clone()).await?;
                tasks.add("the reading of the certificate", files);
            }
        }
        Ok(())
    }

    fn begin_making(
        &self,
        tasks: &mut Tasks,
        made: &MadeCertificate,
        served: &Served,
        leadership: &Leadership,
    ) {
        let (leads, changed) = (leadership.subscribe(), watch::Sender::new(0));
        let seen = changed.subscribe();
        let keeper = Arc::new(Keeper {
            client: self.client.clone(),
            namespace: self.settings.namespace.clone(),
            secret: made.secret.clone(),
            configuration: made.configuration.clone(),
            names: made.names.clone(),
            validity: made.validity.clone(),
        });
        let (follower, served) = (keeper.clone(), served.clone());
        tasks.add("the watch of the certificate", async move {
            let Keeper { client, namespace, secret, .. } = follower.as_ref();
            follow_secret(client.clone(), namespace, secret, served, changed).await;
        });
        tasks.add("the care for the certificate", async move {
            while_leading(leads, || keeper.keep(seen.clone())).await;
        });
    }

    fn begin_events(&self, tasks: &mut Tasks) -> Publisher {
        let (publisher, sending) = Publisher::new(self.client.clone(), &self.settings.identity);
        tasks.add("the sending of Events", sending);
        publisher
    }

    fn begin_watching(&self, tasks: &mut Tasks) {
        let (client, scope) = (self.client.clone(), self.settings.scope.clone());
        let (objects, health) = (self.objects.clone(), self.health.clone());
        tasks.add("the watch of the objects", async move {
            let heard = || {
                if objects.is_known() {
                    health.objects_are_known();
                }
            };
            follow(&client, &scope, watcher::Config::default(), &objects, read_object, heard).await;
        });
        let (client, health, injecting) = (self.client.clone(), self.health.clone(), self.injecting.clone());
        let (choice, settings) = (self.settings.sidecar, self.settings.injecting.clone());
        tasks.add("the answers", async move {
            let sidecar_mode = sidecar_mode(&client, choice).await;
            // It was empty: this runs once.
            let _ = injecting.set(podfs_inject::Settings { sidecar_mode, ..settings });
            health.cluster_is_known();
            std::future::pending::<()>().await;
        });
    }

    fn begin_status(&self, tasks: &mut Tasks, publisher: Publisher, leadership: &Leadership) {
        let keeper = Arc::new(StatusKeeper {
            client: self.client.clone(),
            scope: self.settings.scope.clone(),
            objects: self.objects.clone(),
            publisher,
        });
        let leads = leadership.subscribe();
        tasks.add("the care for the status", async move {
            while_leading(leads, || keeper.keep()).await;
        });
    }
}
