//! Runs the operator until it is asked to end.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

use kube::{Client, Config};
use podfs_operator::{
    CertificateError, CertificateSource, MadeCertificate, Operator, OperatorError, Scope, Settings, Tls,
    Validity,
};
use tokio::signal::unix::{SignalKind, signal};

use super::process;
use crate::cli::Serve;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::start_service_logging;

/// Ports that the predecessor's users know.
const HTTPS: u16 = 4443;
const HTTP: u16 = 8080;
/// How long requests that are being answered have at the end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a certificate in files is looked at.
const LOOK_AT_FILES: Duration = Duration::from_secs(5);

/// Runs it.
pub(super) fn serve(command: Serve) -> Result<Exit, Failure> {
    start_service_logging(command.logging.level(), command.logging.log_json);
    process::block_on(async {
        let (mut terminated, mut interrupted) =
            (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let operator = Operator::bind(settings(command), client().await?).map_err(failure)?;
        let stop = async move {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
        };
        operator.run(stop).await.map_err(failure)
    })?;
    Ok(Exit::Done)
}

fn listen(kind: SignalKind) -> Result<tokio::signal::unix::Signal, Failure> {
    signal(kind).map_err(|error| Failure::unexpected(format!("cannot listen for signals: {error}")))
}

/// A client as the kubeconfig or the service account says.
async fn client() -> Result<Client, Failure> {
    let config = Config::infer().await.map_err(|error| {
        Failure::configuration(format!(
            "no way to an API server: {error}; run this in a Pod with a service account, or set KUBECONFIG"
        ))
    })?;
    Client::try_from(config)
        .map_err(|error| Failure::configuration(format!("cannot talk to the API server: {error}")))
}

fn settings(command: Serve) -> Settings {
    let certificate = certificate(&command);
    let injecting = podfs_inject::Settings::new(command.image);
    let injecting = podfs_inject::Settings {
        image_pull_policy: command.image_pull_policy,
        resources: command.sidecar_resources.unwrap_or(injecting.resources),
        ..injecting
    };
    Settings {
        namespace: command.namespace,
        identity: command.pod_name,
        lease: command.lease_name,
        http: everywhere(HTTP),
        tls: command.tls.then(|| Tls { address: everywhere(HTTPS), certificate }),
        scope: Scope::new(command.watch_namespaces),
        injecting,
        sidecar: command.sidecar_mode.into(),
        drain: command.drain_seconds,
        patience: PATIENCE,
    }
}

fn certificate(command: &Serve) -> CertificateSource {
    match (&command.certificate_secret, &command.webhook_configuration, &command.webhook_service) {
        (Some(secret), Some(configuration), Some(service)) => CertificateSource::Made(MadeCertificate {
            secret: secret.clone(),
            configuration: configuration.clone(),
            names: names(service, &command.namespace),
            validity: Validity::default(),
        }),
        _ => CertificateSource::Files {
            certificate: command.tls_crt.clone(),
            key: command.tls_key.clone(),
            every: LOOK_AT_FILES,
        },
    }
}

/// By which a Service is known. API servers use the first.
fn names(service: &str, namespace: &str) -> Vec<String> {
    let local = format!("{service}.{namespace}.svc");
    vec![
        local.clone(),
        format!("{local}.cluster.local"),
        format!("{service}.{namespace}"),
        service.to_owned(),
    ]
}

/// Every address, of IPv6 too where the machine has it.
fn everywhere(port: u16) -> SocketAddr {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)) {
        Ok(_) => (Ipv6Addr::UNSPECIFIED, port).into(),
        Err(_) => (Ipv4Addr::UNSPECIFIED, port).into(),
    }
}

fn failure(error: OperatorError) -> Failure {
    let exit = match &error {
        OperatorError::Listen { .. } => Exit::Configuration,
        OperatorError::Certificate(CertificateError::Api { .. }) => Exit::Failed,
        OperatorError::Certificate(_) => Exit::Configuration,
        _ => Exit::Failed,
    };
    Failure::new(exit, error)
}
