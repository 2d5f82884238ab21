//! The chart, installed, upgraded and taken away by the real helm.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use podfs_api::PodFilesystemSync;
use serde_json::{Value, json};

use crate::certificates::{bundles, until_trusted};
use crate::install::{CHART, Installation, helm_for, rendered, rendered_from};
use crate::objects::object;
use crate::replica::Replica;
use crate::server::bare;

const DEFINITION: &str = "podfilesystemsyncs.riotkit.org";

/// The values that every chart had.
const OLDEST_VALUES: [&str; 10] = [
    "image",
    "webhook",
    "env",
    "resources",
    "health",
    "service",
    "serviceAccount",
    "terminationGracePeriodSeconds",
    "podAnnotations",
    "podLabels",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_keeps_objects_and_certificates_and_brings_the_definition_up_to_date() {
    let server = bare();
    let older = older_chart();
    let installation = Installation::by_helm(server.kubeconfig(), "upgraded", older.path()).await;
    let definitions: Api<CustomResourceDefinition> = Api::all(installation.admin.clone());
    let before = definitions.get(DEFINITION).await.unwrap();
    assert_eq!(before.spec.names.short_names, None);

    let replica = Replica::start(&installation, "one");
    replica.until_ready().await;
    until_trusted(&installation).await;
    installation.apply(&object(&installation.name, "web"));
    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), &installation.name);
    let web = objects.get("web").await.unwrap().metadata.uid;
    replica.end().await;
    let (secret, trusted) = (installation.certificates().await, bundles(&installation).await);

    let namespace = format!("--namespace={}", installation.name);
    for kept in [&["--reuse-values"][..], &[]] {
        let upgrade = ["upgrade", &installation.name, CHART, &namespace, "--set=podLabels.a=b"];
        succeed(server.kubeconfig(), &[&upgrade, kept].concat());
        let deployments: Api<Deployment> = Api::namespaced(installation.admin.clone(), &installation.name);
        let spec = deployments.get(&installation.fullname()).await.unwrap().spec;
        assert_eq!(spec.replicas, Some(2));
        assert_eq!(spec.template.metadata.unwrap().labels.unwrap()["a"], "b");
    }
    assert_eq!(installation.certificates().await.data, secret.data);
    assert_eq!(bundles(&installation).await, trusted);
    assert_eq!(objects.get("web").await.unwrap().metadata.uid, web);
    let after = definitions.get(DEFINITION).await.unwrap();
    assert_eq!(after.spec.names.short_names, Some(vec!["pfss".to_owned()]));
    assert_eq!(after.metadata.uid, before.metadata.uid);

    succeed(server.kubeconfig(), &["uninstall", &installation.name, &namespace]);
    assert_eq!(objects.get("web").await.unwrap().metadata.uid, web);
    assert_eq!(installation.certificates().await.data, secret.data);
    succeed(server.kubeconfig(), &["install", &installation.name, CHART, &namespace]);
    assert_eq!(objects.get("web").await.unwrap().metadata.uid, web);
}

/// What `helm upgrade --reuse-values` renders: it brings the values of the chart that was installed.
#[test]
fn values_that_an_older_chart_did_not_have_are_as_in_this_one() {
    let older = older_chart();
    let by_name = |objects: Vec<Value>| -> BTreeMap<String, Value> {
        let name = |object: &Value| format!("{} {}", object["kind"], object["metadata"]["name"]);
        objects
            .into_iter()
            .filter(|object| object["kind"] != "CustomResourceDefinition")
            .map(|object| (name(&object), object))
            .collect()
    };
    let reused = by_name(rendered_from(older.path(), "release", &[]));
    let mut now = by_name(rendered("release", &[]));
    let spec = &mut now.values_mut().find(|object| object["kind"] == "Deployment").unwrap()["spec"]["template"]
        ["spec"];
    // None of these is none, since `null` takes them away; and the program has the same default for the sidecars.
    for key in ["nodeSelector", "topologySpreadConstraints"] {
        assert!(spec.as_object_mut().unwrap().remove(key).is_some());
    }
    let variables = spec["containers"][0]["env"].as_array_mut().unwrap();
    variables.retain(|variable| variable["name"] != "SIDECAR_RESOURCES");
    assert_eq!(reused, now);
}

fn succeed(server: &Path, words: &[&str]) {
    let output = helm_for(server, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The chart with values and a definition as they may have been before.
fn older_chart() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new(CHART), folder.path());
    let path: PathBuf = folder.path().join("files").join(format!("{DEFINITION}.yaml"));
    let values = folder.path().join("values.yaml");
    let mut oldest: Value = serde_saphyr::from_str(&fs::read_to_string(&values).unwrap()).unwrap();
    oldest.as_object_mut().unwrap().retain(|key, _| OLDEST_VALUES.contains(&key.as_str()));
    assert_eq!(oldest["image"].as_object_mut().unwrap().remove("pullPolicy"), Some(json!("IfNotPresent")));
    fs::write(&values, oldest.to_string()).unwrap();

    let text = fs::read_to_string(&path).unwrap();
    let mut definition: Value = serde_saphyr::from_str(&text).unwrap();
    assert!(definition["spec"]["names"].as_object_mut().unwrap().remove("shortNames").is_some());
    assert_eq!(definition["metadata"]["annotations"], json!({"helm.sh/resource-policy": "keep"}));
    fs::write(&path, definition.to_string()).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
