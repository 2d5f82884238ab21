//! The status of objects: what is so, not what was asked for.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use podfs_api::names::SIDECAR_CONTAINER;
use podfs_api::{Location, PodFilesystemSync, PodFilesystemSyncStatus};
use serde_json::{Value, json};

use crate::asked::failing_once;
use crate::install::Installation;
use crate::objects::{object, pod};
use crate::replica::{Replica, settings};
use crate::until::found;

/// A replica that knows of an object, for which there is no Pod yet.
async fn with_an_object(name: &str) -> (Installation, Replica) {
    let installation = Installation::new(name, &[]).await;
    let replica = Replica::start(&installation, "one");
    replica.until_asked(&installation).await;
    installation.apply(&object(&installation.name, "web"));
    replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;
    replica.until_knows(&installation, "web").await;
    (installation, replica)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_what_is_so_and_a_dry_run_counts_for_nothing() {
    let (installation, replica) = with_an_object("status").await;
    let name = &installation.name;
    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), name);
    installation.try_create(&pod(name, "web", "shown"), &["--dry-run=server"]).unwrap();
    installation.try_create(&pod(name, "web", "made"), &[]).unwrap();
    replica.until_condition(&installation, "web", "True", "PodsServed").await;
    let status = objects.get("web").await.unwrap().status.unwrap();
    let location =
        |synchronized_to_remote| Location { directory: "/bucket/made".to_owned(), synchronized_to_remote };
    assert_eq!((status.locations, status.observed_generation), (vec![location(false)], Some(1)));

    let pods: Api<Pod> = Api::namespaced(installation.admin.clone(), name);
    says_that_its_sidecar_ended_well(&pods, "made").await;
    let status = until_synced(&objects, "web").await;
    assert_eq!(status.locations, [location(true)]);
    assert!(status.last_sync_time.is_some());
}

/// As its kubelet would.
async fn says_that_its_sidecar_ended_well(pods: &Api<Pod>, name: &str) {
    let ended = json!({"status": {"initContainerStatuses": [{
        "name": SIDECAR_CONTAINER, "image": "", "imageID": "", "ready": false, "restartCount": 0,
        "state": {"terminated": {"exitCode": 0, "finishedAt": "2026-11-22T10:00:00Z"}},
    }]}});
    pods.patch_status(name, &PatchParams::default(), &Patch::Merge(&ended)).await.unwrap();
}

async fn until_synced(objects: &Api<PodFilesystemSync>, name: &str) -> PodFilesystemSyncStatus {
    found("it counts as synced", || async {
        let status = objects.get(name).await.unwrap().status.unwrap();
        status.locations.iter().any(|location| location.synchronized_to_remote).then_some(status)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pod_synced_counts_although_it_is_gone_a_moment_after_its_sidecar() {
    let (installation, replica) = with_an_object("vanished").await;
    let name = &installation.name;
    installation.try_create(&pod(name, "web", "web-0"), &[]).unwrap();
    replica.until_condition(&installation, "web", "True", "PodsServed").await;

    let pods: Api<Pod> = Api::namespaced(installation.admin.clone(), name);
    says_that_its_sidecar_ended_well(&pods, "web-0").await;
    pods.delete("web-0", &DeleteParams::default().grace_period(0)).await.unwrap();
    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), name);
    let status = until_synced(&objects, "web").await;
    let location = Location { directory: "/bucket/web-0".to_owned(), synchronized_to_remote: true };
    assert_eq!((status.locations, status.last_sync_time.is_some()), (vec![location], true));
    replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_was_made_while_nobody_was_asked_is_told() {
    let installation = Installation::new("left-out", &[]).await;
    installation.apply(&object(&installation.name, "web"));
    // There are no webhooks yet. The name of the first Pod leaves no room for that of an Event.
    for pod_name in ["a".repeat(250).as_str(), "web-0"] {
        installation.try_create(&pod(&installation.name, "web", pod_name), &[]).unwrap();
    }
    let client = failing_once(&installation, "/events").await;
    let replica = Replica::start_as(settings(&installation, "one"), client);
    replica.until_ready().await;
    let advice = "create it anew. With webhook.onlyLabelledNamespaces, first give its namespace the label \
                  riotkit.org/volume-syncing-controller=true";
    installation.until_told("web-0", "NotSynced", advice).await;
    replica.until_condition(&installation, "web", "False", "NotSynced").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_pod_could_have_is_told_before_there_is_one() {
    let installation = Installation::new("unready", &[]).await;
    let name = &installation.name;
    let with = |object_name: &str, key: &str, value: Value| {
        let mut object = object(name, object_name);
        object["spec"][key] = value;
        installation.apply(&object);
    };
    with("unread", "remotePath", json!("/bucket/{{ pod.metadata.name"));
    with("wide", "podSelector", json!({"matchLabels": {"app": "shop"}}));
    with("narrow", "podSelector", json!({"matchLabels": {"app": "shop", "tier": "db"}}));
    let replica = Replica::start(&installation, "one");
    replica.until_ready().await;
    replica.until_condition(&installation, "unread", "False", "BadTemplate").await;
    installation.until_told("unread", "NotReady", "remotePath").await;
    for (one, other) in [("wide", "narrow"), ("narrow", "wide")] {
        replica.until_condition(&installation, one, "False", "Ambiguous").await;
        installation.until_told(one, "NotReady", other).await;
    }
}
