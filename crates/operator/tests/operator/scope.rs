//! An operator that looks at one namespace, with Roles alone.

use std::net::SocketAddr;
use std::time::Duration;

use podfs_operator::{CertificateSource, Scope, Settings, Tls};
use rcgen::generate_simple_self_signed;

use crate::install::{Installation, namespace_of};
use crate::objects::object;
use crate::replica::{Replica, settings};

#[tokio::test(flavor = "multi_thread")]
async fn with_rights_in_one_namespace_alone_everything_works_there() {
    let only = format!("namespaces={{{}}}", namespace_of("scoped"));
    let installation = Installation::new("scoped", &[&only, "tls.certManager.enabled=true"]).await;
    let folder = tempfile::tempdir().unwrap();
    let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let address: SocketAddr = ([127, 0, 0, 1], 0).into();
    let certificate = CertificateSource::Files { certificate, key, every: Duration::from_secs(5) };
    let settings = Settings {
        tls: Some(Tls { address, certificate }),
        scope: Scope::new(vec![installation.name.clone()]),
        ..settings(&installation, "one")
    };
    let replica = Replica::start_with(&installation, settings);
    replica.until_ready().await;
    installation.apply(&object(&installation.name, "web"));
    replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;
}
