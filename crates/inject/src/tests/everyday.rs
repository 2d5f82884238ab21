//! What a Pod gets.

use serde_json::json;

use super::build::{
    arguments, container, init_names, injected, object, pod, restore, settings, sidecar, variable,
};
use crate::{Settings, SidecarMode, inject, locate};

#[test]
fn a_pod_gets_a_restore_and_a_native_sidecar_that_stands_last() {
    let pod = injected(
        &pod(json!({"spec": {"initContainers": [{"name": "a"}, {"name": "b"}]}})),
        &object(json!({})),
    );
    assert_eq!(init_names(&pod), ["a", "b", "init-volume-restore", "volume-syncing-sidecar"]);
    assert_eq!(sidecar(&pod).restart_policy.as_deref(), Some("Always"));
    assert_eq!(restore(&pod).restart_policy, None);
}

#[test]
fn without_native_sidecars_the_sidecar_is_a_container_like_the_others() {
    let settings = Settings { sidecar_mode: SidecarMode::Container, ..settings() };
    let pod = inject(&pod(json!({})), &object(json!({})), &settings).unwrap();
    assert_eq!(init_names(&pod), ["init-volume-restore"]);
    let names: Vec<_> = pod.spec.as_ref().unwrap().containers.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["app", "volume-syncing-sidecar"]);
    assert_eq!(sidecar(&pod).restart_policy, None);
}

#[test]
fn the_restore_stands_where_it_is_asked_to() {
    let pod = pod(json!({"spec": {"initContainers": [{"name": "a"}, {"name": "b"}]}}));
    let order = |placement: serde_json::Value| {
        let pod = injected(&pod, &object(json!({"initContainerPlacement": placement})));
        init_names(&pod).join(" ").replace("init-volume-restore", "R").replace("volume-syncing-sidecar", "S")
    };
    assert_eq!(order(json!({"placement": "first"})), "R a b S");
    assert_eq!(order(json!({"placement": "last"})), "a b R S");
    assert_eq!(order(json!({"placement": "before", "containerReference": "a"})), "R a b S");
    assert_eq!(order(json!({"placement": "before", "containerReference": "b"})), "a R b S");
    assert_eq!(order(json!({"placement": "after", "containerReference": "a"})), "a R b S");
    assert_eq!(order(json!({"placement": "after", "containerReference": "b"})), "a b R S");
}

#[test]
fn only_allowed_directions_get_a_container() {
    let only = |to_remote: bool| {
        let directions = json!({"toRemote": to_remote, "fromRemote": !to_remote});
        injected(&pod(json!({})), &object(json!({"syncOptions": {"allowedDirections": directions}})))
    };
    assert_eq!(init_names(&only(true)), ["volume-syncing-sidecar"]);
    assert_eq!(init_names(&only(false)), ["init-volume-restore"]);
    // Nothing restores, so that nothing could show a restore that ended well.
    assert_eq!(variable(sidecar(&only(true)), "PODFS_REQUIRE_RECEIPT"), None);
}

#[test]
fn a_sidecar_beside_a_restore_only_syncs_what_was_restored_completely() {
    let with = |on_first_run: bool| {
        injected(&pod(json!({})), &object(json!({"syncOptions": {"restoreRemoteOnFirstRun": on_first_run}})))
    };
    assert_eq!(variable(sidecar(&with(true)), "PODFS_REQUIRE_RECEIPT"), Some("true"));
    assert_eq!(variable(restore(&with(true)), "PODFS_REQUIRE_RECEIPT"), None);
    assert!(!arguments(restore(&with(true))).contains(&"--only-if-synced"));
    assert_eq!(variable(sidecar(&with(false)), "PODFS_REQUIRE_RECEIPT"), Some("true"));
    assert!(arguments(restore(&with(false))).contains(&"--only-if-synced"));
}

#[test]
fn only_an_object_that_says_so_lets_a_volume_take_the_place_of_what_no_sync_of_ours_left() {
    let with = |on_first_run: bool, force: bool| {
        let options = json!({"restoreRemoteOnFirstRun": on_first_run, "cleanUp": {"forceRemote": force}});
        let pod = injected(&pod(json!({})), &object(json!({"syncOptions": options})));
        variable(sidecar(&pod), "PODFS_REQUIRE_RECEIPT").map(str::to_owned)
    };
    assert_eq!(with(false, true), None);
    for (on_first_run, force) in [(false, false), (true, false), (true, true)] {
        assert_eq!(with(on_first_run, force).as_deref(), Some("true"), "{on_first_run} {force}");
    }
}

#[test]
fn options_become_flags() {
    let pod = injected(
        &pod(json!({})),
        &object(json!({
            "debug": true,
            "syncOptions": {
                "method": "fsnotify", "maxOneSyncPerMinutes": "5", "schedule": "0 3 * * *",
                "cleanUp": {"remote": false, "local": false, "forceRemote": true, "forceLocal": true},
            },
        })),
    );
    let config = "/etc/volume-syncing-controller/rclone.conf";
    let expected = [
        "sync-to-remote",
        "--src",
        "/data",
        "--dst",
        "/bucket/app",
        "--config-path",
        config,
        "--fsnotify",
        "5",
        "--schedule",
        "0 3 * * *",
        "--no-delete",
        "--force-even-if-remote-would-be-cleared",
        "--verbose",
    ];
    assert_eq!(arguments(sidecar(&pod)), expected);
    let expected = [
        "remote-to-local-sync",
        "--src",
        "/bucket/app",
        "--dst",
        "/data",
        "--config-path",
        config,
        "--no-delete",
        "--force-delete-local-dir",
        "--verbose",
    ];
    assert_eq!(arguments(restore(&pod)), expected);
}

#[test]
fn without_options_it_is_every_quarter_of_an_hour_and_with_events_once_a_minute() {
    let plain = injected(&pod(json!({})), &object(json!({})));
    assert!(arguments(sidecar(&plain)).ends_with(&["--schedule", "@every 15m"]));
    let events = injected(&pod(json!({})), &object(json!({"syncOptions": {"method": "fsnotify"}})));
    assert!(arguments(sidecar(&events)).ends_with(&["--fsnotify", "1"]));
}

#[test]
fn with_encryption_the_remote_is_a_variable_and_the_key_a_reference() {
    let encryption = json!({"automaticEncryption": {"enabled": true, "secretName": "key"}});
    let pod = injected(&pod(json!({})), &object(encryption));
    for container in [restore(&pod), sidecar(&pod)] {
        assert_eq!(variable(container, "ENCRYPTED_REMOTE"), Some("remote:/bucket/app"));
        assert_eq!(variable(container, "ENCRYPTED_FILENAME_ENCRYPTION"), Some("obfuscate"));
        assert!(!arguments(container).contains(&"/bucket/app"));
        let password = container.env.iter().flatten().find(|it| it.name == "ENCRYPTED_PASSWORD").unwrap();
        let key = password.value_from.as_ref().unwrap().secret_key_ref.as_ref().unwrap();
        assert_eq!(
            (password.value.as_deref(), key.name.as_str(), key.key.as_str()),
            (None, "key", "ENCRYPTED_PASSWORD")
        );
    }
}

#[test]
fn how_names_are_hidden_is_for_the_object_to_say_in_any_case() {
    let pod = injected(
        &pod(json!({})),
        &object(json!({
            "automaticEncryption": {"enabled": true, "secretName": "key"},
            "env": {"ENCRYPTED_filename_encryption": "standard"},
        })),
    );
    assert_eq!(variable(sidecar(&pod), "ENCRYPTED_filename_encryption"), Some("standard"));
    assert_eq!(variable(sidecar(&pod), "ENCRYPTED_FILENAME_ENCRYPTION"), None);
}

#[test]
fn values_of_variables_are_templates_and_secrets_are_references() {
    let pod = injected(
        &pod(json!({})),
        &object(json!({
            "env": {"REMOTE_TYPE": "s3", "REMOTE_REGION": "{{ pod.metadata.labels.app }}"},
            "envFromSecrets": [{"name": "one"}, {"name": "two", "namespace": "shop"}],
        })),
    );
    assert_eq!(variable(sidecar(&pod), "REMOTE_REGION"), Some("app"));
    let secrets: Vec<_> =
        sidecar(&pod).env_from.iter().flatten().map(|it| it.secret_ref.clone().unwrap().name).collect();
    assert_eq!(secrets, ["one", "two"]);
}

#[test]
fn annotations_win_over_permissions_and_those_over_the_application() {
    let app = json!({"spec": {"securityContext": {"runAsUser": 1, "runAsGroup": 2}}});
    let who = |pod: &k8s_openapi::api::core::v1::Pod, object| {
        let context = restore(&injected(pod, &object)).security_context.clone().unwrap();
        (context.run_as_user, context.run_as_group)
    };
    let permissions = || object(json!({"syncOptions": {"permissions": {"uid": "3", "gid": 4}}}));
    assert_eq!(who(&pod(json!({})), object(json!({}))), (Some(65_532), Some(65_532)));
    assert_eq!(who(&pod(app.clone()), object(json!({}))), (Some(1), Some(2)));
    assert_eq!(who(&pod(app.clone()), permissions()), (Some(3), Some(4)));
    let mut annotated = pod(app);
    annotated.metadata.annotations = serde_json::from_value(
        json!({"riotkit.org/volume-user-id": "5", "riotkit.org/volume-group-id": "6"}),
    )
    .unwrap();
    assert_eq!(who(&annotated, permissions()), (Some(5), Some(6)));
}

#[test]
fn the_injected_containers_pass_pod_security_restricted() {
    let pod = injected(&pod(json!({})), &object(json!({})));
    for container in [restore(&pod), sidecar(&pod)] {
        let context = container.security_context.clone().unwrap();
        assert_eq!(context.run_as_non_root, Some(true));
        assert_eq!(context.allow_privilege_escalation, Some(false));
        assert_eq!(context.read_only_root_filesystem, Some(true));
        assert_eq!(context.capabilities.clone().unwrap().drop.unwrap(), ["ALL"]);
        assert_eq!(context.capabilities.unwrap().add, None);
        assert_eq!(context.seccomp_profile.unwrap().type_, "RuntimeDefault");
        let resources = container.resources.clone().unwrap();
        assert!(resources.requests.is_some() && resources.limits.is_some());
    }
    assert!(sidecar(&pod).startup_probe.is_some() && sidecar(&pod).liveness_probe.is_some());
}

#[test]
fn root_may_give_files_back_to_their_owners() {
    let root = object(json!({"syncOptions": {"permissions": {"uid": 0}}}));
    let context = restore(&injected(&pod(json!({})), &root)).security_context.clone().unwrap();
    assert_eq!((context.run_as_user, context.run_as_non_root), (Some(0), None));
    assert!(context.capabilities.unwrap().add.unwrap().contains(&"CHOWN".to_owned()));
}

#[test]
fn the_mount_that_holds_the_directory_is_the_nearest_above_it() {
    let mounts = json!([
        {"name": "other", "mountPath": "/da"},
        {"name": "other", "mountPath": "/database"},
        {"name": "other", "mountPath": "/"},
        {"name": "data", "mountPath": "/data/", "subPath": "app"},
        {"name": "nested", "mountPath": "/data/site/cache"},
        {"name": "data", "mountPath": "/data/other"},
        {"name": "settings", "mountPath": "/data/site/settings"},
        {"name": "nested", "mountPath": "/data/site/fixed", "readOnly": true},
    ]);
    let pod = pod(json!({"spec": {
        "containers": [{"name": "app", "volumeMounts": mounts}],
        "volumes": [
            {"name": "data", "emptyDir": {}}, {"name": "other", "emptyDir": {}}, {"name": "nested", "emptyDir": {}},
            {"name": "settings", "configMap": {"name": "settings"}},
        ],
    }}));
    let pod = injected(&pod, &object(json!({"localPath": "/data/site/"})));
    for container in [restore(&pod), sidecar(&pod)] {
        let mounts: Vec<_> = container
            .volume_mounts
            .iter()
            .flatten()
            .map(|mount| (mount.name.as_str(), mount.mount_path.as_str(), mount.sub_path.as_deref()))
            .collect();
        let expected = [
            ("data", "/data/", Some("app")),
            ("nested", "/data/site/cache", None),
            ("volume-syncing-config", "/etc/volume-syncing-controller", None),
            ("volume-syncing-state", "/var/lib/podfs", None),
            ("volume-syncing-no-token", "/var/run/secrets/kubernetes.io/serviceaccount", None),
        ];
        assert_eq!(mounts, expected);
    }
    assert!(arguments(sidecar(&pod)).contains(&"/data/site"));
}

#[test]
fn containers_that_run_count_before_those_that_only_start() {
    let pod = pod(json!({"spec": {
        "initContainers": [
            {"name": "seed", "volumeMounts": [{"name": "seed", "mountPath": "/data"}]},
            {"name": "proxy", "restartPolicy": "Always", "volumeMounts": [{"name": "data", "mountPath": "/data"}]},
        ],
        "containers": [{"name": "app"}],
        "volumes": [{"name": "data", "emptyDir": {}}, {"name": "seed", "emptyDir": {}}],
    }}));
    let pod = injected(&pod, &object(json!({})));
    assert_eq!(sidecar(&pod).volume_mounts.as_ref().unwrap()[0].name, "data");
}

#[test]
fn a_writable_mount_is_taken_where_another_container_only_reads() {
    let pod = pod(json!({"spec": {"containers": [
        {"name": "reader", "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": true}]},
        {"name": "app", "volumeMounts": [{"name": "data", "mountPath": "/data"}]},
    ]}}));
    assert_eq!(
        sidecar(&injected(&pod, &object(json!({})))).volume_mounts.as_ref().unwrap()[0].read_only,
        None
    );
}

#[test]
fn what_is_only_read_is_mounted_read_only() {
    let pod = pod(json!({"spec": {"containers": [
        {"name": "app", "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": true}]},
    ]}}));
    let object = object(json!({"syncOptions": {"allowedDirections": {"fromRemote": false}}}));
    assert_eq!(sidecar(&injected(&pod, &object)).volume_mounts.as_ref().unwrap()[0].read_only, Some(true));
}

#[test]
fn nothing_in_a_path_is_expanded_by_the_kubelet() {
    let mut pod = pod(json!({}));
    pod.metadata.annotations = serde_json::from_value(json!({"dir": "$(ENCRYPTED_PASSWORD)"})).unwrap();
    let remote = "/bucket/{{ pod.metadata.annotations.dir }}";
    let plain = injected(&pod, &object(json!({"remotePath": remote})));
    assert!(arguments(sidecar(&plain)).contains(&"/bucket/$$(ENCRYPTED_PASSWORD)"));
    let encryption = json!({"enabled": true, "secretName": "key"});
    let encrypted = injected(&pod, &object(json!({"remotePath": remote, "automaticEncryption": encryption})));
    assert_eq!(
        variable(sidecar(&encrypted), "ENCRYPTED_REMOTE"),
        Some("remote:/bucket/$$(ENCRYPTED_PASSWORD)")
    );
}

#[test]
fn where_files_are_can_be_asked_without_changing_the_pod() {
    let object = object(json!({"localPath": "/data//x/", "remotePath": "bucket//{{ pod.metadata.name }}"}));
    // The double slash stands in the template itself, beside a part that is filled in.
    assert!(locate(&pod(json!({})), &object).is_err());
    let object =
        self::object(json!({"localPath": "/data//x/", "remotePath": "bucket/{{ pod.metadata.name }}/"}));
    let location = locate(&pod(json!({})), &object).unwrap();
    assert_eq!((location.local_path.as_str(), location.remote_path.as_str()), ("/data/x", "/bucket/app-0"));
}

#[test]
fn volumes_of_ours_are_small_and_nobody_elses() {
    let pod = injected(&pod(json!({})), &object(json!({})));
    let volumes = pod.spec.as_ref().unwrap().volumes.clone().unwrap();
    let names: Vec<_> = volumes.iter().map(|volume| volume.name.as_str()).collect();
    assert_eq!(names, ["data", "volume-syncing-config", "volume-syncing-state", "volume-syncing-no-token"]);
    assert_eq!(volumes[1].empty_dir.as_ref().unwrap().medium.as_deref(), Some("Memory"));
    assert_eq!(container(&pod, "app").unwrap().volume_mounts.as_ref().unwrap().len(), 1);
}

#[test]
fn nothing_lies_where_the_application_has_a_token() {
    let folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    let at_the_folder = |more: serde_json::Value, object: serde_json::Value| {
        let pod = injected(&pod(more), &self::object(object));
        let mounts = sidecar(&pod).volume_mounts.clone().unwrap().into_iter();
        let there = mounts.filter(|mount| mount.mount_path == folder).map(|mount| mount.name);
        (there.collect::<Vec<_>>(), pod.spec.unwrap().volumes.unwrap().len())
    };
    assert_eq!(at_the_folder(json!({}), json!({})), (vec!["volume-syncing-no-token".to_owned()], 4));
    // The API server adds none to such a Pod.
    let without = json!({"spec": {"automountServiceAccountToken": false}});
    assert_eq!(at_the_folder(without, json!({})), (vec![], 3));
    // Two volumes cannot be at one place, and the API server leaves such a container alone.
    let below = json!({"name": "data", "mountPath": folder, "subPath": "x"});
    let mounts = json!([{"name": "data", "mountPath": "/var/run"}, below]);
    let nested = json!({"spec": {"containers": [{"name": "app", "volumeMounts": mounts}]}});
    assert_eq!(at_the_folder(nested, json!({"localPath": "/var/run"})), (vec!["data".to_owned()], 3));
}
