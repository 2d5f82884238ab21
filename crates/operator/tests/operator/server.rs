//! The API server, which all tests share, and clients for it.

use std::path::Path;
use std::sync::OnceLock;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use podfs_testkit::cluster::ApiServer;
use serde_json::{Value, json};

use crate::install::{apply, kubectl};

/// One for all tests. Each has a namespace and an installation of its own.
pub(crate) fn shared() -> &'static ApiServer {
    static SHARED: OnceLock<ApiServer> = OnceLock::new();
    SHARED.get_or_init(|| {
        let server = bare();
        define(&server, &serde_json::to_value(podfs_api::definition()).unwrap());
        server
    })
}

/// One to break, which does not know our objects yet.
pub(crate) fn bare() -> ApiServer {
    let _ = rustls::crypto::ring::default_provider().install_default();
    ApiServer::start().unwrap()
}

/// Makes our objects known to a server.
pub(crate) fn define(server: &ApiServer, definition: &Value) {
    let mut definition = definition.clone();
    // Not every way to the JSON has them.
    definition["apiVersion"] = json!("apiextensions.k8s.io/v1");
    definition["kind"] = json!("CustomResourceDefinition");
    apply(server, &[definition]);
    let established = ["wait", "--for=condition=Established", "crd/podfilesystemsyncs.riotkit.org"];
    assert!(kubectl(server, &established, &[]).status.success());
}

/// With all rights, or with those of who has this token.
pub(crate) async fn client(server: &ApiServer, token: Option<&str>) -> Client {
    Client::try_from(config(server, token).await).unwrap()
}

/// The way to the server, for a client.
pub(crate) async fn config(server: &ApiServer, token: Option<&str>) -> Config {
    let path: &Path = server.kubeconfig();
    let mut kubeconfig = Kubeconfig::read_from(path).unwrap();
    if let Some(token) = token {
        kubeconfig.auth_infos[0].auth_info.as_mut().unwrap().token = Some(token.to_owned().into());
    }
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap()
}
