//! Random Pods and objects.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use podfs_api::PodFilesystemSync;
use podfs_api::names::{RESTORE_CONTAINER, SIDECAR_CONTAINER};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::build::{named, pod, settings};
use crate::{Settings, SidecarMode, inject};

const PATHS: [&str; 6] = ["/data", "/data/", "/data/x", "/database", "/data/x/y", "/other"];

fn mount() -> impl Strategy<Value = Value> {
    let sub_path = proptest::option::of(select(vec!["x", "site"]));
    (select(vec!["data", "more", "fixed"]), select(PATHS.to_vec()), sub_path, proptest::bool::weighted(0.2)).prop_map(
        |(name, path, sub_path, read_only)| json!({"name": name, "mountPath": path, "subPath": sub_path, "readOnly": read_only}),
    )
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let user = proptest::option::of(0..3_i64);
    (proptest::collection::vec(mount(), 0..4), user, any::<bool>()).prop_map(move |(mounts, user, always)| {
        let policy = (always && name.starts_with("init")).then_some("Always");
        json!({"name": name, "volumeMounts": mounts, "securityContext": {"runAsUser": user}, "restartPolicy": policy,
               "env": [{"name": "MINE", "value": name}]})
    })
}

fn any_pod() -> impl Strategy<Value = Pod> {
    let init = subsequence(vec!["init-a", "init-b", "init-c"], 0..=3);
    let init = init.prop_flat_map(|names| names.into_iter().map(container).collect::<Vec<_>>());
    (init, container("app"), container("log")).prop_map(|(init, app, log)| {
        pod(json!({
            "metadata": {"annotations": {"dir": "blue"}},
            "spec": {
                "initContainers": init, "containers": [app, log],
                "volumes": [{"name": "data", "emptyDir": {}}, {"name": "more", "emptyDir": {}},
                            {"name": "fixed", "configMap": {"name": "x"}}],
            },
        }))
    })
}

fn any_object() -> impl Strategy<Value = PodFilesystemSync> {
    let placement = prop_oneof![
        Just(json!({"placement": "first"})),
        Just(json!({})),
        select(vec!["init-a", "init-b"])
            .prop_map(|name| json!({"placement": "after", "containerReference": name})),
        select(vec!["init-a", "init-c"])
            .prop_map(|name| json!({"placement": "before", "containerReference": name})),
    ];
    let path = select(vec!["/data", "/data/x", "/data/x/y/z"]);
    (path, placement, any::<[bool; 5]>()).prop_map(
        |(path, placement, [encrypted, events, up, down, first])| {
            named(
                "app",
                json!({"spec": {
                    "localPath": path,
                    "remotePath": "/bucket/{{ pod.metadata.annotations.dir }}",
                    "initContainerPlacement": placement,
                    "automaticEncryption": {"enabled": encrypted, "secretName": "key"},
                    "envFromSecrets": [{"name": "s3"}],
                    "syncOptions": {
                        "method": if events { "fsnotify" } else { "scheduler" },
                        "restoreRemoteOnFirstRun": first,
                        "allowedDirections": {"toRemote": up || !down, "fromRemote": down},
                    },
                }}),
            )
        },
    )
}

fn any_settings() -> impl Strategy<Value = Settings> {
    select(vec![SidecarMode::Native, SidecarMode::Container])
        .prop_map(|sidecar_mode| Settings { sidecar_mode, ..settings() })
}

fn is_ours(container: &Container) -> bool {
    [RESTORE_CONTAINER, SIDECAR_CONTAINER].contains(&container.name.as_str())
}

/// The Pod without what anybody can see is new.
fn without_ours(pod: &Pod) -> Pod {
    let mut pod = pod.clone();
    let spec: &mut PodSpec = pod.spec.as_mut().unwrap();
    spec.containers.retain(|container| !is_ours(container));
    spec.init_containers.iter_mut().for_each(|init| init.retain(|container| !is_ours(container)));
    spec.init_containers = spec.init_containers.take().filter(|init| !init.is_empty());
    spec.volumes.iter_mut().for_each(|volumes| volumes.retain(|it| !it.name.starts_with("volume-syncing-")));
    pod.metadata
        .annotations
        .iter_mut()
        .for_each(|all| all.retain(|name, _| name != "riotkit.org/volume-syncing-injected"));
    pod
}

fn normal(pod: &Pod) -> Pod {
    without_ours(pod)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn twice_is_once(pod in any_pod(), object in any_object(), settings in any_settings()) {
        if let Ok(once) = inject(&pod, &object, &settings) {
            prop_assert_eq!(inject(&once, &object, &settings).unwrap(), once);
        }
    }

    #[test]
    fn nothing_of_others_is_touched(pod in any_pod(), object in any_object(), settings in any_settings()) {
        if let Ok(injected) = inject(&pod, &object, &settings) {
            prop_assert_eq!(without_ours(&injected), normal(&pod));
        }
    }

    #[test]
    fn no_secret_stands_in_the_pod(pod in any_pod(), object in any_object(), settings in any_settings()) {
        if let Ok(injected) = inject(&pod, &object, &settings) {
            let spec = injected.spec.unwrap();
            for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()).filter(|it| is_ours(it)) {
                for variable in container.env.iter().flatten() {
                    let secret = variable.name.contains("PASSWORD") || variable.name.contains("KEY");
                    prop_assert!(!secret || variable.value.is_none(), "{:?}", variable);
                }
            }
        }
    }

    #[test]
    fn whatever_others_do_in_between_ours_stand_where_they_should(
        pod in any_pod(), object in any_object(), settings in any_settings(),
        shuffle in Just(()).prop_perturb(|(), mut random| random.next_u64()),
    ) {
        let Ok(mut injected) = inject(&pod, &object, &settings) else { return Ok(()) };
        let spec = injected.spec.as_mut().unwrap();
        if let Some(init) = &mut spec.init_containers {
            init.push(Container { name: "mesh".to_owned(), ..Container::default() });
            let length = init.len();
            init.rotate_left(usize::try_from(shuffle).unwrap_or_default() % length);
        }
        let again = inject(&injected, &object, &settings).unwrap();
        let afresh = inject(&without_ours(&injected), &object, &settings).unwrap();
        prop_assert_eq!(again, afresh);
    }
}
