//! The chart, rendered by the real helm with the options that change what is deployed.

use podfs_testkit::cluster::HELM_SERVER_VERSION;
use rstest::rstest;
use serde_json::Value;

use crate::install::{CHART, apply, helm, kubectl, rendered};
use crate::server::shared;

const MANIFESTS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../manifests/volume-syncing-controller.yaml");

#[test]
fn the_chart_has_no_faults_that_helm_knows() {
    let output = helm(&["lint", "--strict", CHART]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[rstest]
#[case(&[])]
#[case(&["webhook.onlyLabelledNamespaces=true", "webhook.failurePolicy=Ignore", "sidecar.mode=container"])]
#[case(&["namespaces={default,kube-system}", "rbac.encryptionSecrets=false", "env.EXTRA=1", "resources=null"])]
#[case(&["serviceAccount.create=false", "serviceAccount.name=own", "rbac.create=false", "service.type=NodePort"])]
#[case(&["health.liveness.enabled=false", "health.readiness.enabled=false", "podLabels.a=b", "podAnnotations.a=b"])]
fn what_it_renders_is_accepted_by_a_server(#[case] settings: &[&str]) {
    let objects = rendered("default", settings);
    let output = kubectl(shared().kubeconfig(), &["apply", "--dry-run=server", "-f", "-"], &objects);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("unknown field"), "{said}\n{objects:#?}");
}

#[test]
fn the_plain_manifests_are_accepted_by_a_server() {
    let text = std::fs::read_to_string(MANIFESTS).unwrap();
    let mut objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    objects.retain(|object| !object.is_null());
    // What is only shown to a server needs its namespace all the same.
    let namespace = objects.remove(0);
    assert_eq!(namespace["kind"], "Namespace");
    apply(shared().kubeconfig(), &[namespace]);
    assert!(objects.iter().any(|object| object["kind"] == "CustomResourceDefinition"));
    let output = kubectl(shared().kubeconfig(), &["apply", "--dry-run=server", "-f", "-"], &objects);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("unknown field"), "{said}");
}

/// The defaults are in `manifests/`, which `cargo xtask generate --check` compares.
#[rstest]
#[case("everything", &[
    "namespaces={team-a,team-b}", "webhook.onlyLabelledNamespaces=true", "webhook.failurePolicy=Ignore",
    "webhook.reinvocationPolicy=Never", "webhook.timeoutSeconds=9", "image.repository=registry.example/podfs",
    "image.tag=edge", "env.EXTRA=1", "service.type=NodePort", "serviceAccount.annotations.a=b", "podLabels.a=b",
    "podAnnotations.a=b", "terminationGracePeriodSeconds=60", "sidecar.resources.limits.cpu=2", "replicas=3",
    "topologySpreadConstraints[0].topologyKey=zone", "topologySpreadConstraints[0].labelSelector.matchLabels.a=b",
    "tls.certManager.enabled=true",
    "sidecar.mode=container", "rbac.encryptionSecrets=false", "crds.install=false",
])]
#[case("little", &[
    "health.liveness.enabled=false", "health.readiness.enabled=false", "serviceAccount.create=false",
    "serviceAccount.name=own", "rbac.create=false", "resources=null", "crds.install=false", "replicas=1",
    "sidecar.resources.requests=null", "sidecar.resources.limits=null", "topologySpreadConstraints=null",
])]
fn what_it_renders_is_as_it_was(#[case] name: &str, #[case] settings: &[&str]) {
    let text: Vec<String> =
        rendered("release", settings).iter().map(|object| serde_saphyr::to_string(object).unwrap()).collect();
    insta::assert_snapshot!(name, text.join("---\n"));
}

/// With the predecessor's default of 5 s too.
#[rstest]
#[case(5, 10, "2")]
#[case(0, 10, "0")]
#[case(20, 10, "10")]
#[case(20, 30, "15")]
#[case(300, 30, "30")]
fn a_replica_that_ends_has_done_so_before_it_is_killed(
    #[case] time: u32,
    #[case] drain: u32,
    #[case] expected: &str,
) {
    let settings = [format!("terminationGracePeriodSeconds={time}"), format!("drainSeconds={drain}")];
    let objects = rendered("release", &settings.each_ref().map(String::as_str));
    let deployment = objects.iter().find(|object| object["kind"] == "Deployment").unwrap();
    let variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap();
    let drain = variables.iter().find(|variable| variable["name"] == "DRAIN_SECONDS").unwrap();
    assert_eq!(drain["value"], expected);
}

#[rstest]
#[case("replicas=2", true)]
#[case("replicas=1", false)]
#[case("podDisruptionBudget.enabled=false", false)]
fn who_drains_nodes_leaves_a_replica_where_there_are_several(#[case] setting: &str, #[case] expected: bool) {
    let objects = rendered("release", &[setting]);
    assert_eq!(objects.iter().any(|object| object["kind"] == "PodDisruptionBudget"), expected);
}

#[test]
fn kubernetes_1_28_can_have_it_and_none_that_is_older() {
    let template = |version| helm(&["template", "release", CHART, version]).status.success();
    assert!(template("--kube-version=1.28") && !template("--kube-version=1.27"));
    let objects = rendered("release", &[]);
    let webhooks = objects.iter().find(|object| object["kind"] == "MutatingWebhookConfiguration").unwrap();
    let conditions = webhooks["webhooks"][0]["matchConditions"].to_string();
    assert!(conditions.contains("has(") && !conditions.contains(".?") && !conditions.contains("[?"));
}

#[test]
fn no_key_is_made_when_the_chart_is_rendered() {
    let objects = rendered("release", &[]);
    assert!(objects.iter().all(|object| object["kind"] != "Secret"), "{objects:#?}");
    assert!(!Value::from(objects).to_string().contains("caBundle\""));
}

#[test]
fn with_a_list_of_namespaces_rights_are_given_there_alone() {
    let objects = rendered("release", &["namespaces={team}", "tls.certManager.enabled=true"]);
    assert!(objects.iter().all(|object| object["kind"] != "ClusterRole"), "{objects:#?}");
    let objects = rendered("release", &["namespaces={team}"]);
    let role = objects.iter().find(|object| object["kind"] == "ClusterRole").unwrap();
    assert_eq!(role["rules"].as_array().unwrap().len(), 1, "{role:#}");
}

#[test]
fn a_value_that_is_not_known_is_refused() {
    let output =
        helm(&["template", "release", CHART, HELM_SERVER_VERSION, "--set=webhook.failurePolicy=Perhaps"]);
    assert!(!output.status.success());
    for wrong in [
        "webhok.timeoutSeconds=5",
        "sidecar.resources.limits.cpu=much",
        "sidecar.resources.limits.mem=1Gi",
        "sidecar.resources.cpu=1",
    ] {
        let output = helm(&["template", "release", CHART, HELM_SERVER_VERSION, &format!("--set={wrong}")]);
        assert!(!output.status.success(), "{wrong}");
    }
}
