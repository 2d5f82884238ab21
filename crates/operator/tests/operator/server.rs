//! The cluster that all tests share, servers of a test's own, and clients for them.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::OnceLock;

use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use podfs_testkit::cluster::{ApiServer, Cluster};
use serde_json::{Value, json};

use crate::install::{apply, kubectl};

/// Where the API server of a cluster that the user brings finds this machine.
const ADDRESS_VARIABLE: &str = "PODFS_TEST_ADDRESS";

/// One for all tests, or the user's. Each has a namespace and an installation of its own.
pub(crate) fn shared() -> &'static Cluster {
    static SHARED: OnceLock<&Cluster> = OnceLock::new();
    SHARED.get_or_init(|| {
        choose_cryptography();
        let cluster = Cluster::shared().unwrap();
        define(cluster.kubeconfig(), &serde_json::to_value(podfs_api::definition()).unwrap());
        cluster
    })
}

/// Where replicas listen: servers of ours are on this machine.
pub(crate) fn address() -> IpAddr {
    let given = std::env::var(ADDRESS_VARIABLE).ok().filter(|given| !given.is_empty());
    given.map_or(Ipv4Addr::LOCALHOST.into(), |given| given.parse().expect(ADDRESS_VARIABLE))
}

fn choose_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// One to break, which does not know our objects yet.
pub(crate) fn bare() -> ApiServer {
    choose_cryptography();
    ApiServer::start().unwrap()
}

/// Makes our objects known to a server.
pub(crate) fn define(kubeconfig: &Path, definition: &Value) {
    let mut definition = definition.clone();
    // Not every way to the JSON has them.
    definition["apiVersion"] = json!("apiextensions.k8s.io/v1");
    definition["kind"] = json!("CustomResourceDefinition");
    apply(kubeconfig, &[definition]);
    let established = ["wait", "--for=condition=Established", "crd/podfilesystemsyncs.riotkit.org"];
    assert!(kubectl(kubeconfig, &established, &[]).status.success());
}

/// With all rights, or with those of who has this token.
pub(crate) async fn client(kubeconfig: &Path, token: Option<&str>) -> Client {
    Client::try_from(config(kubeconfig, token).await).unwrap()
}

/// The way to the server, for a client.
pub(crate) async fn config(kubeconfig: &Path, token: Option<&str>) -> Config {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    if let Some(token) = token {
        // Nothing of what the administrator shows.
        config.auth_info = AuthInfo { token: Some(token.to_owned().into()), ..AuthInfo::default() };
    }
    config
}
