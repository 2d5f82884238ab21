//! A replica of the operator, in this process.

use std::net::SocketAddr;
use std::time::Duration;

use kube::{Api, Client};
use podfs_api::{PodFilesystemSync, READY};
use podfs_operator::{
    CertificateSource, MadeCertificate, Operator, OperatorError, Scope, Settings, SidecarChoice, Tls,
    Validity,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::http::get;
use crate::install::Installation;
use crate::objects::pod;
use crate::server::address;
use crate::until::{granted, until};

/// A replica that runs. It ends, in no order, when dropped.
pub(crate) struct Replica {
    pub(crate) http: SocketAddr,
    pub(crate) https: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<Result<(), OperatorError>>,
}

impl Replica {
    /// Starts one as the chart would.
    pub(crate) fn start(installation: &Installation, identity: &str) -> Self {
        Self::start_with(installation, settings(installation, identity))
    }

    pub(crate) fn start_with(installation: &Installation, settings: Settings) -> Self {
        Self::start_as(settings, installation.own.clone())
    }

    /// Starts one that asks the API server by this client.
    pub(crate) fn start_as(settings: Settings, client: Client) -> Self {
        let operator = Operator::bind(settings, client).unwrap();
        let http = operator.http_address();
        let https = operator.https_address().unwrap_or(http);
        let stop = CancellationToken::new();
        let running = tokio::spawn(operator.run(stop.clone().cancelled_owned()));
        Self { http, https, stop, running }
    }

    /// Waits until it may be asked.
    pub(crate) async fn until_ready(&self) {
        granted("the replica is ready", || async {
            assert!(!self.running.is_finished(), "it has ended");
            match get(self.http, "/ready").await {
                Some((200, _)) => Ok(()),
                said => Err(said),
            }
        })
        .await;
    }

    /// Makes the API server ask it, and waits until it does.
    pub(crate) async fn until_asked(&self, installation: &Installation) {
        self.until_ready().await;
        installation.lead_to(&[self]);
        self.until_answers(installation).await;
    }

    /// Waits until the API server asks it.
    pub(crate) async fn until_answers(&self, installation: &Installation) {
        // Refused by the replica itself, not for want of an answer.
        let nobody = pod(&installation.name, "nobody", "nobody");
        until("the API server asks the replica", || async {
            let refused = installation.try_create(&nobody, &["--dry-run=server"]);
            refused.is_err_and(|said| said.contains("no PodFilesystemSync"))
        })
        .await;
    }

    /// Waits until its answers count with an object.
    pub(crate) async fn until_knows(&self, installation: &Installation, app: &str) {
        let one = pod(&installation.name, app, "for-show");
        until("the replica knows the object", || async {
            match installation.try_create(&one, &["--dry-run=server"]) {
                Ok(()) => true,
                Err(said) => !said.contains("no PodFilesystemSync"),
            }
        })
        .await;
    }

    /// Waits until an object's condition `Ready` says so.
    pub(crate) async fn until_condition(
        &self,
        installation: &Installation,
        name: &str,
        status: &str,
        reason: &str,
    ) {
        let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), &installation.name);
        until(&format!("{name} is {status} because of {reason}"), || async {
            let found = objects.get(name).await.unwrap().status.unwrap_or_default();
            let ready = found.conditions.iter().find(|condition| condition.type_ == READY);
            ready.is_some_and(|ready| ready.status == status && ready.reason == reason)
        })
        .await;
    }

    /// Asks it to end.
    pub(crate) fn ask_to_end(&self) {
        self.stop.cancel();
    }

    /// Asks it to end, and waits for that.
    pub(crate) async fn end(mut self) {
        self.ask_to_end();
        (&mut self.running).await.unwrap().unwrap();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// What the chart sets, but for ports, and with names by which a test is reached.
pub(crate) fn settings(installation: &Installation, identity: &str) -> Settings {
    let anywhere = SocketAddr::new(address(), 0);
    let made = MadeCertificate {
        secret: installation.certificate_secret(),
        configuration: installation.fullname(),
        names: vec![address().to_string()],
        validity: Validity::default(),
    };
    Settings {
        namespace: installation.name.clone(),
        identity: identity.to_owned(),
        lease: installation.fullname(),
        http: anywhere,
        tls: Some(Tls { address: anywhere, certificate: CertificateSource::Made(made) }),
        // The operators of all tests share a server, and each has its own namespace to look after.
        scope: Scope::new(vec![installation.name.clone()]),
        injecting: podfs_inject::Settings::new("registry.invalid/podfs:1"),
        sidecar: SidecarChoice::Auto,
        drain: Duration::ZERO,
        patience: Duration::from_secs(5),
    }
}

/// The same with certificates that live so long, and are known so long before they are served.
pub(crate) fn with_validity(settings: Settings, validity: Validity) -> Settings {
    let Settings { tls: Some(Tls { address, certificate: CertificateSource::Made(made) }), .. } =
        settings.clone()
    else {
        panic!("{settings:?}")
    };
    let certificate = CertificateSource::Made(MadeCertificate { validity, ..made });
    Settings { tls: Some(Tls { address, certificate }), ..settings }
}
