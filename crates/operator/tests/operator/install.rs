//! The chart, installed for one test: its rights and its webhooks are the real ones, but lead to the test's own replicas.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use k8s_openapi::api::events::v1::Event;
use kube::api::{ListParams, PostParams};
use kube::{Api, Client, Config};
use podfs_testkit::cluster::{self, HELM_SERVER_VERSION, output_with_input};
use serde_json::{Value, json};

use crate::replica::Replica;
use crate::server::{client, config, shared};
use crate::until::{found, until};

pub(crate) const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charts/volume-syncing-controller");

/// One installation, in a namespace of its own.
pub(crate) struct Installation {
    kubeconfig: PathBuf,
    /// The namespace, which is the release's name too.
    pub(crate) name: String,
    /// With all rights.
    pub(crate) admin: Client,
    /// With the rights of the chart, and no more.
    pub(crate) own: Client,
    token: String,
    webhooks: Vec<Value>,
    /// Whether it is to be gone from the cluster afterwards.
    borrowed: bool,
}

impl Installation {
    /// Installs the chart on the cluster that all tests share, but for the webhooks: nobody is there to answer yet.
    pub(crate) async fn new(name: &str, settings: &[&str]) -> Self {
        let cluster = shared();
        let mut installation = Self::on(cluster.kubeconfig(), &namespace_of(name), settings).await;
        if cluster.is_brought() {
            installation.borrowed = true;
            installation.until_pods_may_be_made().await;
        }
        installation
    }

    /// The same on a server of the test's own, and by this very name.
    pub(crate) async fn on(server: &Path, name: &str, settings: &[&str]) -> Self {
        let admin = client(server, None).await;
        apply(server, &[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})]);
        let (webhooks, others): (Vec<Value>, Vec<Value>) = rendered(name, settings)
            .into_iter()
            .filter(|object| {
                // The replicas are the test's own, and so is the definition.
                object["apiVersion"] != "cert-manager.io/v1"
                    && object["kind"] != "CustomResourceDefinition"
                    && object["kind"] != "Deployment"
            })
            .partition(|object| object["kind"] == "MutatingWebhookConfiguration");
        apply(server, &others);
        Self::with(server, name, admin, webhooks).await
    }

    /// By helm itself, with everything that is in this chart.
    pub(crate) async fn by_helm(server: &Path, name: &str, chart: &Path) -> Self {
        let namespace = format!("--namespace={name}");
        let chart = chart.to_str().unwrap();
        let output = helm_for(server, &["install", name, chart, &namespace, "--create-namespace"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::with(server, name, client(server, None).await, Vec::new()).await
    }

    async fn with(server: &Path, name: &str, admin: Client, webhooks: Vec<Value>) -> Self {
        let token = token(admin.clone(), name).await;
        let own = client(server, Some(&token)).await;
        let kubeconfig = server.to_path_buf();
        Self { kubeconfig, name: name.to_owned(), admin, own, token, webhooks, borrowed: false }
    }

    /// Where there are controllers, Pods are refused until one of them has made what they run as.
    async fn until_pods_may_be_made(&self) {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.admin.clone(), &self.name);
        until("there is a service account", || async {
            accounts.get_opt("default").await.unwrap().is_some()
        })
        .await;
    }

    /// For one more client with the rights of the chart.
    pub(crate) async fn own_config(&self) -> Config {
        config(&self.kubeconfig, Some(&self.token)).await
    }

    /// Gives the server an object of the user's.
    pub(crate) fn apply(&self, object: &Value) {
        apply(&self.kubeconfig, std::slice::from_ref(object));
    }

    /// Whether the server takes it, and what it says.
    pub(crate) fn try_create(&self, object: &Value, words: &[&str]) -> Result<(), String> {
        let output = kubectl(
            &self.kubeconfig,
            &[&["create", "-f", "-"], words].concat(),
            std::slice::from_ref(object),
        );
        if output.status.success() { Ok(()) } else { Err(String::from_utf8(output.stderr).unwrap()) }
    }

    /// What the chart calls what it makes.
    pub(crate) fn fullname(&self) -> String {
        format!("{}-volume-syncing-controller", self.name)
    }

    /// Makes the webhooks lead to these replicas: each of them must answer. Other tests' Pods are left alone.
    pub(crate) fn lead_to(&self, replicas: &[&Replica]) {
        self.lead_with(replicas, &json!({"timeoutSeconds": 30}), &json!({}));
    }

    /// The same, with more in each webhook, and in each way to it.
    pub(crate) fn lead_with(&self, replicas: &[&Replica], more: &Value, client: &Value) {
        let mut configuration = self.webhooks[0].clone();
        let all = configuration["webhooks"].as_array().unwrap().clone();
        let led = replicas.iter().enumerate().flat_map(|(number, replica)| {
            all.iter().map(move |webhook| {
                let mut webhook = self.led(webhook.clone(), number, replica);
                extend(&mut webhook, more);
                extend(&mut webhook["clientConfig"], client);
                webhook
            })
        });
        configuration["webhooks"] = led.collect();
        apply(&self.kubeconfig, &[configuration]);
    }

    fn led(&self, mut webhook: Value, number: usize, replica: &Replica) -> Value {
        let path = webhook["clientConfig"]["service"]["path"].as_str().unwrap().to_owned();
        webhook["clientConfig"] = json!({"url": format!("https://{}{path}", replica.https)});
        webhook["name"] = json!(format!("r{number}.{}", webhook["name"].as_str().unwrap()));
        webhook["namespaceSelector"] = json!({"matchLabels": {"kubernetes.io/metadata.name": self.name}});
        webhook["failurePolicy"] = json!("Fail");
        webhook
    }

    /// The Secret with the certificates, once there is one.
    pub(crate) async fn certificates(&self) -> Secret {
        let secrets: Api<Secret> = Api::namespaced(self.admin.clone(), &self.name);
        let name = self.certificate_secret();
        found("there are certificates", || async { secrets.get_opt(&name).await.unwrap() }).await
    }

    pub(crate) fn certificate_secret(&self) -> String {
        format!("{}-certificate", self.fullname())
    }

    /// The reasons of Events about what has this name.
    pub(crate) async fn events(&self, name: &str) -> Vec<String> {
        self.said(name).await.into_iter().map(|(reason, _)| reason).collect()
    }

    /// The same, and what they say.
    pub(crate) async fn said(&self, name: &str) -> Vec<(String, String)> {
        let events: Api<Event> = Api::namespaced(self.admin.clone(), &self.name);
        let all = events.list(&ListParams::default()).await.unwrap().items;
        let about = |event: &Event| event.regarding.as_ref().and_then(|about| about.name.clone());
        let named = all.into_iter().filter(|event| about(event).as_deref() == Some(name));
        named.map(|event| (event.reason.unwrap_or_default(), event.note.unwrap_or_default())).collect()
    }

    /// Waits for an Event about what has this name, with this reason, that says this.
    pub(crate) async fn until_told(&self, name: &str, reason: &str, what: &str) {
        until(&format!("an Event {reason} about {name} says {what}"), || async {
            let mut said = self.said(name).await.into_iter();
            said.any(|(why, note)| why == reason && note.contains(what))
        })
        .await;
    }

    /// The webhooks' configuration.
    pub(crate) async fn configuration(&self) -> MutatingWebhookConfiguration {
        Api::all(self.admin.clone()).get(&self.fullname()).await.unwrap()
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if !self.borrowed {
            return;
        }
        let release = format!("--selector=app.kubernetes.io/instance={}", self.name);
        let wide = "mutatingwebhookconfigurations,clusterrolebindings,clusterroles";
        kubectl(&self.kubeconfig, &["delete", wide, &release], &[]);
        kubectl(&self.kubeconfig, &["delete", "namespace", &self.name, "--wait=false"], &[]);
    }
}

fn extend(object: &mut Value, more: &Value) {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
}

/// What the namespace of a test is called in the shared cluster, where another run may still be on its way out. Short, since
/// names that the chart makes of it are cut off.
pub(crate) fn namespace_of(test: &str) -> String {
    format!("podfs-{test}-{:x}", std::process::id())
}

/// A key of a Secret, as text.
pub(crate) fn text(secret: &Secret, key: &str) -> String {
    let data = secret.data.as_ref().unwrap();
    String::from_utf8(data.get(key).map(|value| value.0.clone()).unwrap_or_default()).unwrap()
}

/// What the chart makes.
pub(crate) fn rendered(name: &str, settings: &[&str]) -> Vec<Value> {
    rendered_from(Path::new(CHART), name, settings)
}

/// What a chart makes.
pub(crate) fn rendered_from(chart: &Path, name: &str, settings: &[&str]) -> Vec<Value> {
    let settings: Vec<String> = settings.iter().map(|setting| format!("--set={setting}")).collect();
    let namespace = format!("--namespace={name}");
    let mut words = vec!["template", name, chart.to_str().unwrap(), &namespace, HELM_SERVER_VERSION];
    words.extend(settings.iter().map(String::as_str));
    let output = helm(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let objects: Vec<Value> =
        serde_saphyr::from_multiple(&String::from_utf8(output.stdout).unwrap()).unwrap();
    objects.into_iter().filter(|object| !object.is_null()).collect()
}

pub(crate) fn helm(words: &[&str]) -> Output {
    helm_for(shared().kubeconfig(), words)
}

/// The same with another cluster.
pub(crate) fn helm_for(kubeconfig: &Path, words: &[&str]) -> Output {
    cluster::helm(kubeconfig).unwrap().args(words).output().unwrap()
}

/// As kubectl does it.
pub(crate) fn apply(kubeconfig: &Path, objects: &[Value]) {
    let output = kubectl(kubeconfig, &["apply", "-f", "-"], objects);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// kubectl with these objects on its standard input.
pub(crate) fn kubectl(kubeconfig: &Path, words: &[&str], objects: &[Value]) -> Output {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let mut kubectl = cluster::kubectl(kubeconfig).unwrap();
    kubectl.args(words);
    // Who is given none may not read.
    if objects.is_empty() {
        return kubectl.stdin(Stdio::null()).output().unwrap();
    }
    output_with_input(&mut kubectl, &list.to_string()).unwrap()
}

async fn token(client: Client, name: &str) -> String {
    let accounts: Api<ServiceAccount> = Api::namespaced(client, name);
    let request = TokenRequest { spec: Some(TokenRequestSpec::default()), ..TokenRequest::default() };
    let account = format!("{name}-volume-syncing-controller");
    let answer = accounts.create_token_request(&account, &PostParams::default(), &request).await.unwrap();
    answer.status.unwrap().token.unwrap()
}
