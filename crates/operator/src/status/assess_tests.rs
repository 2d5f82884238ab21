//! What is said of an object.

use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::jiff::Timestamp;
use podfs_api::Location;
use podfs_api::names::SIDECAR_CONTAINER;
use serde_json::{Value, json};

use super::super::found::is_left_out;
use super::*;

fn object(name: &str, more: &Value) -> PodFilesystemSync {
    let mut object = json!({
        "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
        "metadata": {"namespace": "team", "name": name, "generation": 3},
        "spec": {
            "podSelector": {"matchLabels": {"app": "web"}}, "localPath": "/data",
            "remotePath": "/bucket/{{ pod.metadata.annotations.place }}",
        },
    });
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(object).unwrap()
}

fn pod(place: &str, sidecar: Value) -> Pod {
    let mount = json!([{"name": "data", "mountPath": "/data"}]);
    serde_json::from_value(json!({
        "metadata": {
            "namespace": "team", "name": format!("web-{place}"),
            "annotations": {"place": place, "riotkit.org/volume-syncing-injected": "1"},
            "labels": {"app": "web", "riotkit.org/volume-syncing-controller": "true"},
        },
        "spec": {
            "volumes": [{"name": "data", "emptyDir": {}}],
            "containers": [{"name": "app", "volumeMounts": mount}],
            "initContainers": [
                {"name": SIDECAR_CONTAINER, "args": ["sync-to-remote", "--src", "/data", "--dst", format!("/bucket/{place}")]},
            ],
        },
        "status": {"containerStatuses": [{
            "name": SIDECAR_CONTAINER, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": sidecar,
        }]},
    }))
    .unwrap()
}

fn ended(code: i32) -> Value {
    json!({"terminated": {"exitCode": code, "finishedAt": "2026-11-22T10:00:00Z"}})
}

fn status(
    object: &PodFilesystemSync,
    others: &[&PodFilesystemSync],
    pods: &[&Pod],
) -> PodFilesystemSyncStatus {
    let objects: Vec<&PodFilesystemSync> = others.iter().copied().chain([object]).collect();
    let mut found = Found::default();
    pods.iter().for_each(|pod| found.count(pod, object, &objects));
    Seen { object, objects: &objects, found, key: SeenKey::None }.status(&Time(Timestamp::UNIX_EPOCH))
}

fn ready(status: &PodFilesystemSyncStatus) -> (&str, &str) {
    let ready = status.conditions.iter().find(|condition| condition.type_ == READY).unwrap();
    (&ready.status, &ready.reason)
}

#[test]
fn without_pods_an_object_is_ready_and_says_that_there_are_none() {
    let status = status(&object("a", &json!({})), &[], &[]);
    assert_eq!(ready(&status), ("True", "NoMatchingPod"));
    assert_eq!(status.observed_generation, Some(3));
}

#[test]
fn a_location_counts_as_synced_only_when_a_sidecar_ended_well() {
    let pods = [pod("runs", json!({"running": {}})), pod("failed", ended(1)), pod("done", ended(0))];
    let status = status(&object("a", &json!({})), &[], &pods.each_ref());
    let locations: Vec<(&str, bool)> = status
        .locations
        .iter()
        .map(|location| (location.directory.as_str(), location.synchronized_to_remote))
        .collect();
    assert_eq!(locations, [("/bucket/done", true), ("/bucket/failed", false), ("/bucket/runs", false)]);
    assert_eq!(status.last_sync_time.unwrap().0.to_string(), "2026-11-22T10:00:00Z");
    assert_eq!(status.conditions[0].reason, "PodsServed");
}

#[test]
fn what_was_synced_once_stays_so_when_its_pod_has_gone() {
    let before = json!({"status": {"locations": [{"directory": "/bucket/a", "synchronizedToRemote": true}]}});
    let pod = pod("a", json!({"running": {}}));
    for pods in [&[][..], &[&pod]] {
        let status = status(&object("a", &before), &[], pods);
        assert_eq!(
            status.locations,
            [Location { directory: "/bucket/a".into(), synchronized_to_remote: true }]
        );
    }
}

#[test]
fn two_objects_for_one_pod_are_ambiguous() {
    let one = object("one", &json!({}));
    let by_place = json!({"spec": {
        "podSelector": {"matchLabels": {"riotkit.org/volume-syncing-controller": "true"}},
        "localPath": "/data", "remotePath": "/bucket",
    }});
    let other = object("other", &by_place);
    assert_eq!(ready(&status(&one, &[&other], &[])), ("True", "NoMatchingPod"));
    let status = status(&one, &[&other], &[&pod("a", json!({}))]);
    assert_eq!(ready(&status), ("False", "Ambiguous"));
    assert!(status.conditions[0].message.contains("other"), "{status:?}");
}

#[test]
fn two_objects_that_select_the_same_whatever_comes_are_ambiguous_without_a_pod() {
    let [one, other] = ["one", "other"].map(|name| object(name, &json!({})));
    let status = status(&one, &[&other], &[]);
    assert_eq!(ready(&status), ("False", "Ambiguous"));
    assert!(status.conditions[0].message.contains("PodFilesystemSync other"), "{status:?}");
}

#[test]
fn a_template_that_cannot_be_read_is_told_without_a_pod() {
    let spec = json!({"spec": {
        "podSelector": {"matchLabels": {"app": "web"}}, "localPath": "/data", "remotePath": "/bucket/{{ pod.",
    }});
    assert_eq!(ready(&status(&object("a", &spec), &[], &[])), ("False", "BadTemplate"));
}

#[test]
fn a_location_is_where_the_pod_was_told_to_sync_to_whatever_the_object_says_by_now() {
    let moved = json!({"spec": {
        "podSelector": {"matchLabels": {"app": "web"}}, "localPath": "/data", "remotePath": "/elsewhere",
    }});
    let status = status(&object("a", &moved), &[], &[&pod("done", ended(0))]);
    let location = Location { directory: "/bucket/done".into(), synchronized_to_remote: true };
    assert_eq!(status.locations, [location]);
}

#[test]
fn a_pod_that_was_left_out_is_not_served() {
    let mut pod = pod("a", json!({}));
    pod.spec.as_mut().unwrap().init_containers = None;
    let status = status(&object("a", &json!({})), &[], &[&pod]);
    assert_eq!((ready(&status), status.locations.len()), (("False", "NotSynced"), 0));
    assert!(status.conditions[0].message.contains("web-a"), "{status:?}");
}

#[test]
fn what_is_wrong_with_a_pod_that_has_ended_does_not_count() {
    let mut pod = pod("done", ended(0));
    pod.metadata.annotations.as_mut().unwrap().remove("place");
    assert_eq!(ready(&status(&object("a", &json!({})), &[], &[&pod])), ("False", "BadTemplate"));
    for phase in ["Succeeded", "Failed"] {
        pod.status.as_mut().unwrap().phase = Some(phase.to_owned());
        let status = status(&object("a", &json!({})), &[], &[&pod]);
        assert_eq!(ready(&status), ("True", "PodsServed"), "{phase}");
        assert!(status.locations[0].synchronized_to_remote, "{phase}");
    }
}

fn seen(object: &PodFilesystemSync, key: SeenKey) -> PodFilesystemSyncStatus {
    Seen { object, objects: &[], found: Found::default(), key }.status(&Time(Timestamp::UNIX_EPOCH))
}

fn encrypted() -> PodFilesystemSync {
    let spec = json!({"spec": {
        "podSelector": {"matchLabels": {"app": "web"}}, "localPath": "/data", "remotePath": "/bucket",
        "automaticEncryption": {"enabled": true, "secretName": "key"},
    }});
    object("a", &spec)
}

fn untold() -> SeenKey {
    SeenKey::Untold { message: "no answer".to_owned(), asked: true }
}

#[test]
fn while_the_api_server_does_not_tell_of_a_key_what_was_said_before_holds() {
    let mut object = encrypted();
    object.status = Some(seen(&object, SeenKey::There));
    object.metadata.generation = Some(4);
    let mut found = Found::default();
    found.count(&pod("done", ended(0)), &object, &[&object]);
    let now = Time(Timestamp::UNIX_EPOCH);
    let status = Seen { object: &object, objects: &[], found, key: untold() }.status(&now);
    let before = object.status.as_ref().unwrap();
    assert_eq!((&status.conditions, status.observed_generation), (&before.conditions, Some(3)));
    assert!(status.locations[0].synchronized_to_remote && status.last_sync_time.is_some());
}

#[test]
fn where_nothing_was_said_of_a_key_before_it_is_told_that_nobody_knows() {
    let status = seen(&encrypted(), untold());
    assert_eq!(ready(&status), ("False", "EncryptionSecretUnknown"));
    assert_eq!((status.conditions.len(), status.observed_generation), (1, Some(3)));
}

#[test]
fn that_there_was_a_key_is_never_forgotten() {
    let mut object = encrypted();
    object.status = Some(seen(&object, SeenKey::There));
    let gone = SeenKey::Wrong { reason: "EncryptionSecretMissing", message: "gone".to_owned() };
    for key in [gone, SeenKey::None, SeenKey::There] {
        object.status = Some(seen(&object, key));
        assert!(had_key(&object), "{:?}", object.status);
    }
}

#[test]
fn a_key_that_is_not_there_makes_an_object_not_ready_and_one_that_is_tells_what_to_keep() {
    let object = encrypted();
    let seen = |key| seen(&object, key);
    let status = seen(SeenKey::Wrong { reason: "EncryptionSecretInvalid", message: "no".to_owned() });
    assert_eq!((ready(&status), status.conditions.len()), (("False", "EncryptionSecretInvalid"), 1));
    let status = seen(SeenKey::There);
    assert_eq!(ready(&status), ("True", "NoMatchingPod"));
    assert!(status.conditions[1].message.contains("keep a copy"), "{status:?}");
}

#[test]
fn since_when_something_is_so_is_kept() {
    let time = "2026-11-22T09:00:00Z";
    let before = json!({"status": {"conditions": [
        {"type": "Ready", "status": "True", "reason": "PodsServed", "message": "", "lastTransitionTime": time},
    ]}});
    let status = status(&object("a", &before), &[], &[]);
    assert_eq!(status.conditions[0].last_transition_time.0.to_string(), time);
}

#[test]
fn a_pod_without_our_containers_was_left_out() {
    let mut pod = pod("a", json!({}));
    pod.spec.as_mut().unwrap().init_containers = None;
    assert!(is_left_out(&pod));
    pod.status.as_mut().unwrap().phase = Some("Succeeded".to_owned());
    assert!(!is_left_out(&pod));
    pod.status = None;
    let sidecar = Container { name: SIDECAR_CONTAINER.to_owned(), ..Container::default() };
    pod.spec.as_mut().unwrap().init_containers = Some(vec![sidecar]);
    assert!(!is_left_out(&pod));
}
