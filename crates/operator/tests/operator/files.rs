//! A certificate that somebody else keeps in files.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use podfs_operator::{CertificateSource, Operator, OperatorError, Settings, Tls};
use rcgen::generate_simple_self_signed;

use crate::http::get_trusting;
use crate::install::Installation;
use crate::replica::{Replica, settings};
use crate::until::until;

/// Writes a new certificate with its key; returns the certificate.
fn write(folder: &Path) -> String {
    let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("tls.crt"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    made.cert.pem()
}

fn from(folder: &Path, installation: &Installation) -> Settings {
    let certificate = CertificateSource::Files {
        certificate: folder.join("tls.crt"),
        key: folder.join("tls.key"),
        every: Duration::from_millis(50),
    };
    let address: SocketAddr = ([127, 0, 0, 1], 0).into();
    Settings { tls: Some(Tls { address, certificate }), ..settings(installation, "one") }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_change_are_served_anew() {
    let installation = Installation::new("files", &["tls.certManager.enabled=true"]).await;
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path());
    let replica = Replica::start_with(&installation, from(folder.path(), &installation));
    replica.until_ready().await;
    let answers =
        |authority: String| async move { get_trusting(replica.https, "/health", &authority).await.is_some() };
    assert!(answers(first.clone()).await);
    let second = write(folder.path());
    until("the second one is served", || answers(second.clone())).await;
    assert!(!answers(first).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_there_are_told_at_the_start() {
    let installation = Installation::new("no-files", &["tls.certManager.enabled=true"]).await;
    let folder = tempfile::tempdir().unwrap();
    let operator = Operator::bind(from(folder.path(), &installation), installation.own.clone()).unwrap();
    let error: OperatorError = operator.run(std::future::pending()).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("tls.crt") && said.contains("--certificate-secret"), "{said}");
}
