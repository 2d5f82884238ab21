//! Being called again, after other webhooks had their say.

use k8s_openapi::api::core::v1::{Container, EnvVar, Pod, PodSpec, VolumeMount};
use podfs_api::names::{INJECTED_ANNOTATION, NO_TOKEN_VOLUME, TOKEN_FOLDER};
use serde_json::json;

use super::build::{init_names, injected, object, pod, refusal, settings, sidecar, variable};
use crate::{Settings, SidecarMode, inject};

fn spec(pod: &mut Pod) -> &mut PodSpec {
    pod.spec.as_mut().unwrap()
}

fn named(name: &str) -> Container {
    Container { name: name.to_owned(), ..Container::default() }
}

#[test]
fn a_second_call_changes_nothing() {
    let object = object(json!({}));
    let once = injected(&pod(json!({"spec": {"initContainers": [{"name": "a"}]}})), &object);
    assert_eq!(injected(&once, &object), once);
}

#[test]
fn containers_that_came_since_or_changed_places_do_not_displace_ours() {
    let object =
        object(json!({"initContainerPlacement": {"placement": "before", "containerReference": "b"}}));
    let mut pod =
        injected(&pod(json!({"spec": {"initContainers": [{"name": "a"}, {"name": "b"}]}})), &object);
    let init = spec(&mut pod).init_containers.as_mut().unwrap();
    init.reverse();
    init.push(named("mesh"));
    let pod = injected(&pod, &object);
    assert_eq!(init_names(&pod), ["init-volume-restore", "b", "a", "mesh", "volume-syncing-sidecar"]);
}

#[test]
fn what_others_put_into_our_containers_stays() {
    let object = object(json!({}));
    let mut pod = injected(&pod(json!({})), &object);
    for container in spec(&mut pod).init_containers.iter_mut().flatten() {
        container.image = Some("mirror.example/volume-syncing-controller:1.2.3".to_owned());
        let role =
            EnvVar { name: "AWS_ROLE_ARN".to_owned(), value: Some("role".to_owned()), value_from: None };
        container.env.get_or_insert_default().push(role);
    }
    let again = injected(&pod, &object);
    assert_eq!(again, pod);
    assert_eq!(variable(sidecar(&again), "AWS_ROLE_ARN"), Some("role"));
}

/// As the API server leaves a Pod between two calls: with a token in each container that has nothing there.
#[test]
fn a_token_that_the_application_got_in_between_is_none_for_us() {
    let object = object(json!({}));
    let mut pod = injected(&pod(json!({})), &object);
    let token = VolumeMount {
        name: "kube-api-access-x".to_owned(),
        mount_path: TOKEN_FOLDER.to_owned(),
        ..VolumeMount::default()
    };
    let spec = spec(&mut pod);
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        let mounts = container.volume_mounts.get_or_insert_default();
        if mounts.iter().all(|mount| mount.mount_path != TOKEN_FOLDER) {
            mounts.push(token.clone());
        }
    }
    assert_eq!(injected(&pod, &object), pod);
    let of_ours = sidecar(&pod).volume_mounts.iter().flatten();
    assert!(of_ours.clone().all(|mount| mount.name != token.name), "{:?}", of_ours.collect::<Vec<_>>());
}

/// By an operator that let the token in.
#[test]
fn a_pod_that_was_injected_before_tokens_were_kept_out_gets_what_holds_now() {
    let object = object(json!({}));
    let now = injected(&pod(json!({})), &object);
    let mut before = now.clone();
    let spec = spec(&mut before);
    spec.volumes.as_mut().unwrap().retain(|volume| volume.name != NO_TOKEN_VOLUME);
    for mount in
        spec.init_containers.iter_mut().flatten().flat_map(|it| it.volume_mounts.iter_mut().flatten())
    {
        if mount.name == NO_TOKEN_VOLUME {
            mount.name = "kube-api-access-x".to_owned();
        }
    }
    let annotations = before.metadata.annotations.as_mut().unwrap();
    annotations.insert(INJECTED_ANNOTATION.to_owned(), "of another version".to_owned());
    assert_eq!(injected(&before, &object), now);
}

#[test]
fn a_pod_that_was_copied_with_what_was_injected_gets_what_holds_now() {
    let before = injected(&pod(json!({})), &object(json!({})));
    let now = object(json!({"syncOptions": {"schedule": "@hourly"}}));
    assert_eq!(injected(&before, &now), injected(&pod(json!({})), &now));
    let settings = Settings { sidecar_mode: SidecarMode::Container, ..settings() };
    let plain = inject(&pod(json!({})), &now, &settings).unwrap();
    assert_eq!(inject(&before, &now, &settings).unwrap(), plain);
    assert_eq!(injected(&plain, &now), injected(&pod(json!({})), &now));
}

#[test]
fn a_sidecar_that_lost_its_restart_policy_is_told_instead_of_a_pod_that_never_starts() {
    let object = object(json!({}));
    let mut pod = injected(&pod(json!({})), &object);
    for container in spec(&mut pod).init_containers.iter_mut().flatten() {
        container.restart_policy = None;
    }
    let told = refusal(&pod, &object).to_string();
    assert!(told.contains("took restartPolicy: Always away"), "{told}");
}

#[test]
fn one_of_our_containers_that_went_missing_comes_back() {
    let object = object(json!({}));
    let whole = injected(&pod(json!({})), &object);
    let mut half = whole.clone();
    spec(&mut half).init_containers.as_mut().unwrap().pop();
    assert_eq!(injected(&half, &object), whole);
}
