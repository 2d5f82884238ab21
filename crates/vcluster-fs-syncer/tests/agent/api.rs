//! The API server, as tests use it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use futures::StreamExt as _;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::events::v1::Event;
use kube::api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use podfs_testkit::cluster::ApiServer;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::metadata::metadata;

/// What the agent is installed with: its rights come from here.
const MANIFEST: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/vcluster-fs-syncer/manifest.yaml");

/// An API server with the rights of the agent's manifest.
pub(crate) struct Cluster {
    server: Mutex<ApiServer>,
    runtime: Runtime,
    client: Client,
    agent_kubeconfig: PathBuf,
}

impl Cluster {
    /// One for all tests. Each has nodes and namespaces of its own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// One to break.
    pub(crate) fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = ApiServer::start().unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(client(server.kubeconfig()));
        let manifest = server.kubectl().unwrap().args(["apply", "-f", MANIFEST]).output().unwrap();
        assert!(manifest.status.success(), "{}", String::from_utf8_lossy(&manifest.stderr));
        let agent_kubeconfig = server.kubeconfig().with_file_name("agent-kubeconfig");
        let token = runtime.block_on(agent_token(client.clone()));
        let mut kubeconfig = Kubeconfig::read_from(server.kubeconfig()).unwrap();
        kubeconfig.auth_infos[0].auth_info.as_mut().unwrap().token = Some(token.into());
        std::fs::write(&agent_kubeconfig, serde_json::to_string(&kubeconfig).unwrap()).unwrap();
        Self { server: Mutex::new(server), runtime, client, agent_kubeconfig }
    }

    /// With the rights of the manifest, and no more.
    pub(crate) fn agent_kubeconfig(&self) -> &Path {
        &self.agent_kubeconfig
    }

    /// kubectl with all rights.
    pub(crate) fn kubectl(&self) -> Command {
        self.server.lock().unwrap().kubectl().unwrap()
    }

    /// The server is away, as after a crash.
    pub(crate) fn kill(&self) {
        self.server.lock().unwrap().kill().unwrap();
    }

    /// It is back, at the same place.
    pub(crate) fn restart(&self) {
        self.server.lock().unwrap().restart().unwrap();
    }

    /// Makes a namespace, if it is not there.
    pub(crate) fn namespace(&self, name: &str) {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, ..Namespace::default() };
        let made =
            self.runtime.block_on(Api::all(self.client.clone()).create(&PostParams::default(), &namespace));
        assert!(
            made.is_ok() || matches!(&made, Err(kube::Error::Api(status)) if status.code == 409),
            "{made:?}"
        );
    }

    /// Makes a Pod on a node, as vcluster's syncer would; returns the UID that the server gave it.
    pub(crate) fn create_pod(&self, pod: &Value) -> String {
        let pod: Pod = serde_json::from_value(pod.clone()).unwrap();
        let created = self.runtime.block_on(self.pods(&pod).create(&PostParams::default(), &pod)).unwrap();
        created.metadata.uid.unwrap()
    }

    /// Makes many Pods, several at a time.
    pub(crate) fn create_pods(&self, pods: impl Iterator<Item = Value>) {
        let made = futures::stream::iter(pods).for_each_concurrent(32, |pod| async {
            let pod: Pod = serde_json::from_value(pod).unwrap();
            self.pods(&pod).create(&PostParams::default(), &pod).await.unwrap();
        });
        self.runtime.block_on(made);
    }

    /// What the server counts of itself.
    pub(crate) fn metrics(&self) -> String {
        let request = ::http::Request::get("/metrics").body(Vec::new()).unwrap();
        self.runtime.block_on(self.client.request_text(request)).unwrap()
    }

    /// Changes a Pod, or its status.
    pub(crate) fn patch_pod(&self, namespace: &str, name: &str, patch: &Value) {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let (merge, parameters) = (Patch::Merge(patch), PatchParams::default());
        self.runtime.block_on(async {
            match patch.get("status") {
                Some(_) => pods.patch_status(name, &parameters, &merge).await.map(|_| ()),
                None => pods.patch(name, &parameters, &merge).await.map(|_| ()),
            }
            .unwrap();
        });
    }

    /// Takes a Pod away at once, as the kubelet does when it has ended.
    pub(crate) fn delete_pod(&self, namespace: &str, name: &str) {
        self.delete_within(namespace, name, 0);
    }

    /// Asks for a Pod's end, as people do; the kubelet lets go of the object when it has ended.
    pub(crate) fn delete_pod_in_time(&self, namespace: &str, name: &str) {
        self.delete_within(namespace, name, 1);
    }

    fn delete_within(&self, namespace: &str, name: &str, seconds: u32) {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let within = DeleteParams::default().grace_period(seconds);
        self.runtime.block_on(pods.delete(name, &within)).unwrap();
    }

    /// Events about a Pod: reason and note.
    pub(crate) fn events_of(&self, namespace: &str, pod_uid: &str) -> Vec<(String, String)> {
        let events: Api<Event> = Api::namespaced(self.client.clone(), namespace);
        let all = self.runtime.block_on(events.list(&ListParams::default())).unwrap();
        let about = |event: &Event| event.regarding.as_ref().and_then(|about| about.uid.clone());
        let mine = all.items.into_iter().filter(|event| about(event).as_deref() == Some(pod_uid));
        mine.map(|event| (event.reason.unwrap_or_default(), event.note.unwrap_or_default())).collect()
    }

    fn pods(&self, pod: &Pod) -> Api<Pod> {
        Api::namespaced(self.client.clone(), pod.metadata.namespace.as_deref().unwrap())
    }
}

async fn client(kubeconfig: &Path) -> Client {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

async fn agent_token(client: Client) -> String {
    let accounts: Api<k8s_openapi::api::core::v1::ServiceAccount> = Api::namespaced(client, "kube-system");
    let request = TokenRequest { spec: Some(TokenRequestSpec::default()), ..TokenRequest::default() };
    let answer = accounts.create_token_request("vcluster-fs-syncer", &PostParams::default(), &request).await;
    answer.unwrap().status.unwrap().token.unwrap()
}

/// A Pod as vcluster's syncer writes it, on a node.
pub(crate) fn pod_of(node: &str, namespace: &str, vcluster: &str, name: &str, virtual_uid: &str) -> Value {
    let host_name = format!("{name}-x-shop-x-{vcluster}");
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata((namespace, &host_name), vcluster, (name, virtual_uid)),
        "spec": {
            "nodeName": node,
            "containers": [{"name": "app", "image": "registry.invalid/app"}],
        },
    })
}
