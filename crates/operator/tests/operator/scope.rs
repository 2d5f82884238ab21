//! An operator that looks at one namespace, with Roles alone.

use std::net::SocketAddr;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use podfs_api::names::variables::ENCRYPTED_PASSWORD;
use podfs_operator::{CertificateSource, Scope, Settings, Tls};
use rcgen::generate_simple_self_signed;
use serde_json::json;

use crate::install::{Installation, namespace_of, text};
use crate::objects::{encrypted, object, pod};
use crate::replica::{Replica, settings};
use crate::server::address;

#[tokio::test(flavor = "multi_thread")]
async fn with_rights_in_one_namespace_alone_everything_works_there() {
    let only = format!("namespaces={{{}}}", namespace_of("scoped"));
    let installation = Installation::new("scoped", &[&only, "tls.certManager.enabled=true"]).await;
    let folder = tempfile::tempdir().unwrap();
    let made = generate_simple_self_signed([address().to_string()]).unwrap();
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let anywhere = SocketAddr::new(address(), 0);
    let certificate = CertificateSource::Files { certificate, key, every: Duration::from_secs(5) };
    let settings = Settings {
        tls: Some(Tls { address: anywhere, certificate }),
        scope: Scope::new(vec![installation.name.clone()]),
        ..settings(&installation, "one")
    };
    let replica = Replica::start_with(&installation, settings);
    replica.until_ready().await;
    installation.apply(&object(&installation.name, "web"));
    replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;

    let name = &installation.name;
    // As cert-manager would write it.
    let authority = ByteString(made.cert.pem().into_bytes());
    installation.lead_with(&[&replica], &json!({"timeoutSeconds": 30}), &json!({"caBundle": authority}));
    replica.until_answers(&installation).await;
    installation.apply(&encrypted(name, "sealed", "sealed-key"));
    replica.until_knows(&installation, "sealed").await;
    for app in ["web", "sealed"] {
        installation.try_create(&pod(name, app, app), &[]).unwrap();
        replica.until_condition(&installation, app, "True", "PodsServed").await;
    }
    let secrets: Api<Secret> = Api::namespaced(installation.admin.clone(), name);
    assert!(!text(&secrets.get("sealed-key").await.unwrap(), ENCRYPTED_PASSWORD).is_empty());
    installation.until_told("sealed", "EncryptionKeyMade", "sealed-key").await;
}
