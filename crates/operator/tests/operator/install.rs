//! The chart, installed for one test: its rights and its webhooks are the real ones, but lead to the test's own replicas.

use std::path::Path;
use std::process::{Output, Stdio};

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use k8s_openapi::api::events::v1::Event;
use kube::api::{ListParams, PostParams};
use kube::{Api, Client, Config};
use podfs_testkit::cluster::{ApiServer, HELM_SERVER_VERSION, output_with_input};
use serde_json::{Value, json};

use crate::replica::Replica;
use crate::server::{client, config, shared};
use crate::until::found;

pub(crate) const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charts/volume-syncing-controller");

/// One installation, in a namespace of its own.
pub(crate) struct Installation<'server> {
    server: &'server ApiServer,
    /// The namespace, which is the release's name too.
    pub(crate) name: String,
    /// With all rights.
    pub(crate) admin: Client,
    /// With the rights of the chart, and no more.
    pub(crate) own: Client,
    token: String,
    webhooks: Vec<Value>,
}

impl Installation<'static> {
    /// Installs the chart on the server that all tests share, but for the webhooks: nobody is there to answer yet.
    pub(crate) async fn new(name: &str, settings: &[&str]) -> Self {
        Self::on(shared(), name, settings).await
    }
}

impl<'server> Installation<'server> {
    /// The same on a server of the test's own.
    pub(crate) async fn on(server: &'server ApiServer, name: &str, settings: &[&str]) -> Self {
        let admin = client(server, None).await;
        apply(server, &[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})]);
        let (webhooks, others): (Vec<Value>, Vec<Value>) = rendered(name, settings)
            .into_iter()
            .filter(|object| {
                object["apiVersion"] != "cert-manager.io/v1" && object["kind"] != "CustomResourceDefinition"
            })
            .partition(|object| object["kind"] == "MutatingWebhookConfiguration");
        apply(server, &others);
        Self::with(server, name, admin, webhooks).await
    }

    /// By helm itself, with everything that is in this chart.
    pub(crate) async fn by_helm(server: &'server ApiServer, name: &str, chart: &Path) -> Self {
        let namespace = format!("--namespace={name}");
        let chart = chart.to_str().unwrap();
        let output = helm_for(server, &["install", name, chart, &namespace, "--create-namespace"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::with(server, name, client(server, None).await, Vec::new()).await
    }

    async fn with(server: &'server ApiServer, name: &str, admin: Client, webhooks: Vec<Value>) -> Self {
        let token = token(admin.clone(), name).await;
        let own = client(server, Some(&token)).await;
        Self { server, name: name.to_owned(), admin, own, token, webhooks }
    }

    /// For one more client with the rights of the chart.
    pub(crate) async fn own_config(&self) -> Config {
        config(self.server, Some(&self.token)).await
    }

    /// Gives the server an object of the user's.
    pub(crate) fn apply(&self, object: &Value) {
        apply(self.server, std::slice::from_ref(object));
    }

    /// Whether the server takes it, and what it says.
    pub(crate) fn try_create(&self, object: &Value, words: &[&str]) -> Result<(), String> {
        let output =
            kubectl(self.server, &[&["create", "-f", "-"], words].concat(), std::slice::from_ref(object));
        if output.status.success() { Ok(()) } else { Err(String::from_utf8(output.stderr).unwrap()) }
    }

    /// What the chart calls what it makes.
    pub(crate) fn fullname(&self) -> String {
        format!("{}-volume-syncing-controller", self.name)
    }

    /// Makes the webhooks lead to these replicas: each of them must answer. Other tests' Pods are left alone.
    pub(crate) fn lead_to(&self, replicas: &[&Replica]) {
        let mut configuration = self.webhooks[0].clone();
        let all = configuration["webhooks"].as_array().unwrap().clone();
        let led = replicas.iter().enumerate().flat_map(|(number, replica)| {
            all.iter().map(move |webhook| self.led(webhook.clone(), number, replica))
        });
        configuration["webhooks"] = led.collect();
        apply(self.server, &[configuration]);
    }

    fn led(&self, mut webhook: Value, number: usize, replica: &Replica) -> Value {
        let path = webhook["clientConfig"]["service"]["path"].as_str().unwrap().to_owned();
        webhook["clientConfig"] = json!({"url": format!("https://{}{path}", replica.https)});
        webhook["name"] = json!(format!("r{number}.{}", webhook["name"].as_str().unwrap()));
        webhook["namespaceSelector"] = json!({"matchLabels": {"kubernetes.io/metadata.name": self.name}});
        webhook["failurePolicy"] = json!("Fail");
        webhook["timeoutSeconds"] = json!(30);
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
        let events: Api<Event> = Api::namespaced(self.admin.clone(), &self.name);
        let all = events.list(&ListParams::default()).await.unwrap().items;
        let about = |event: &Event| event.regarding.as_ref().and_then(|about| about.name.clone());
        let named = all.into_iter().filter(|event| about(event).as_deref() == Some(name));
        named.filter_map(|event| event.reason).collect()
    }

    /// The webhooks' configuration.
    pub(crate) async fn configuration(&self) -> MutatingWebhookConfiguration {
        Api::all(self.admin.clone()).get(&self.fullname()).await.unwrap()
    }
}

/// A key of a Secret, as text.
pub(crate) fn text(secret: &Secret, key: &str) -> String {
    let data = secret.data.as_ref().unwrap();
    String::from_utf8(data.get(key).map(|value| value.0.clone()).unwrap_or_default()).unwrap()
}

/// What the chart makes.
pub(crate) fn rendered(name: &str, settings: &[&str]) -> Vec<Value> {
    let settings: Vec<String> = settings.iter().map(|setting| format!("--set={setting}")).collect();
    let namespace = format!("--namespace={name}");
    let mut words = vec!["template", name, CHART, &namespace, HELM_SERVER_VERSION];
    words.extend(settings.iter().map(String::as_str));
    let output = helm(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let objects: Vec<Value> =
        serde_saphyr::from_multiple(&String::from_utf8(output.stdout).unwrap()).unwrap();
    objects.into_iter().filter(|object| !object.is_null()).collect()
}

pub(crate) fn helm(words: &[&str]) -> Output {
    helm_for(shared(), words)
}

/// The same with another server.
pub(crate) fn helm_for(server: &ApiServer, words: &[&str]) -> Output {
    podfs_testkit::cluster::helm(server.kubeconfig()).unwrap().args(words).output().unwrap()
}

/// As kubectl does it.
pub(crate) fn apply(server: &ApiServer, objects: &[Value]) {
    let output = kubectl(server, &["apply", "-f", "-"], objects);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// kubectl with these objects on its standard input.
pub(crate) fn kubectl(server: &ApiServer, words: &[&str], objects: &[Value]) -> Output {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let mut kubectl = server.kubectl().unwrap();
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
