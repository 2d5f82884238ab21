//! Bad input, and what is said about it.

use k8s_openapi::api::core::v1::Pod;
use rstest::rstest;
use serde_json::{Value, json};

use super::build::{object, pod, refusal};

fn annotated(name: &str, value: &str) -> Pod {
    pod(json!({"metadata": {"annotations": {name: value}}}))
}

#[rstest]
#[case(json!({"localPath": "data"}), "is not absolute")]
#[case(json!({"localPath": "/"}), "the container's own file system")]
#[case(json!({"localPath": "/data/../etc"}), "has .. as a part")]
#[case(json!({"localPath": "/database"}), "no volume is mounted at localPath /database or above it, in any container of \
                                            this Pod; volumes are mounted at /data; change localPath")]
#[case(json!({"remotePath": "/b/{{ pod.metadata.annotations.none }}"}), "the template in remotePath asks for something")]
#[case(json!({"remotePath": "/b/{{ pod.metadata"}), "the template in remotePath cannot be read")]
#[case(json!({"remotePath": "/b/{{ '' }}"}), "comes to \"/b/\" for this Pod, which has an empty part")]
#[case(json!({"remotePath": "{{ '' }}"}), "is empty, that is, the whole remote")]
#[case(json!({"remotePath": "/"}), "is empty, that is, the whole remote")]
#[case(json!({"remotePath": "/b/{{ '..' }}/c"}), "has . or .. as a part")]
#[case(json!({"env": {"REMOTE_X": "{{ missing }}"}}), "the template in env.REMOTE_X asks for something")]
#[case(json!({"env": {"REMOTE-X": "1"}}), "env has \"REMOTE-X\"")]
#[case(json!({"env": {"PODFS_STATE_DIR": "/data"}}), "env sets PODFS_STATE_DIR, which the operator sets itself")]
#[case(json!({"env": {"ENCRYPTED_PASSWORD": "x"}, "automaticEncryption": {"enabled": true, "secretName": "k"}}),
       "env sets ENCRYPTED_PASSWORD")]
#[case(json!({"env": {"ENCRYPTED_remote": "x"}, "automaticEncryption": {"enabled": true, "secretName": "k"}}),
       "env sets ENCRYPTED_remote, which the operator sets itself")]
#[case(json!({"automaticEncryption": {"enabled": true}}), "set automaticEncryption.secretName")]
#[case(json!({"envFromSecrets": [{"name": "s3", "namespace": "other"}]}),
       "envFromSecrets names Secret s3 of namespace other, but a Pod can only read those of its own, shop")]
#[case(json!({"initContainerPlacement": {"placement": "before", "containerReference": "none"}}),
       "names none, but this Pod has no init containers; use placement first or last")]
#[case(json!({"initContainerPlacement": {"placement": "after"}}), "before and after need containerReference")]
#[case(json!({"initContainerPlacement": {"placement": "first", "containerReference": "a"}}), "first and last take none")]
#[case(json!({"syncOptions": {"permissions": {"uid": "root"}}}), "syncOptions.permissions.uid is \"root\"")]
#[case(json!({"syncOptions": {"permissions": {"gid": -1}}}), "syncOptions.permissions.gid is \"-1\"")]
#[case(json!({"syncOptions": {"permissions": {"gid": "4294967296"}}}), "syncOptions.permissions.gid")]
#[case(json!({"syncOptions": {"method": "fsnotify", "maxOneSyncPerMinutes": "often"}}), "is \"often\"; write whole minutes")]
#[case(json!({"syncOptions": {"schedule": "99 * * * *"}}), "syncOptions.schedule: ")]
#[case(json!({"syncOptions": {"allowedDirections": {"toRemote": false, "fromRemote": false}}}), "nothing is left to do")]
fn a_bad_object_is_refused_with_what_to_do(#[case] spec: Value, #[case] expected: &str) {
    let told = refusal(&pod(json!({})), &object(spec)).to_string();
    assert!(told.contains(expected), "{told}");
}

#[rstest]
#[case(annotated("riotkit.org/volume-user-id", "www-data"), "riotkit.org/volume-user-id is \"www-data\"")]
#[case(annotated("riotkit.org/volume-group-id", "-5"), "riotkit.org/volume-group-id is \"-5\"")]
#[case(pod(json!({"spec": {"os": {"name": "windows"}}})), "this Pod is for windows nodes")]
#[case(pod(json!({"spec": {"containers": [{"name": "app"}]}})), "it mounts no volumes; add a volume")]
#[case(pod(json!({"spec": {"initContainers": [{"name": "init-volume-restore"}]}})),
       "already has a container called init-volume-restore")]
#[case(pod(json!({"spec": {"containers": [{"name": "volume-syncing-sidecar"}]}})),
       "already has a container called volume-syncing-sidecar")]
#[case(pod(json!({"spec": {"volumes": [{"name": "volume-syncing-state", "emptyDir": {}}]}})),
       "already has a volume called volume-syncing-state")]
fn a_pod_that_does_not_fit_is_refused_with_what_to_do(#[case] pod: Pod, #[case] expected: &str) {
    let told = refusal(&pod, &object(json!({}))).to_string();
    assert!(told.contains(expected), "{told}");
}

#[rstest]
#[case(json!({"name": "data", "mountPath": "/data", "readOnly": true}), json!({"name": "data", "emptyDir": {}}))]
#[case(json!({"name": "data", "mountPath": "/data"}), json!({"name": "data", "image": {"reference": "x"}}))]
#[case(json!({"name": "data", "mountPath": "/data"}),
       json!({"name": "data", "persistentVolumeClaim": {"claimName": "x", "readOnly": true}}))]
fn nothing_is_restored_into_what_is_mounted_read_only(#[case] mount: Value, #[case] volume: Value) {
    let pod =
        pod(json!({"spec": {"containers": [{"name": "app", "volumeMounts": [mount]}], "volumes": [volume]}}));
    let told = refusal(&pod, &object(json!({}))).to_string();
    assert!(told.contains("volume data is mounted read-only at /data in container app"), "{told}");
}

#[rstest]
#[case(json!({"secret": {"secretName": "x"}}), "secret")]
#[case(json!({"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}), "projected")]
#[case(json!({"configMap": {"name": "x"}}), "configMap")]
#[case(json!({"downwardAPI": {"items": []}}), "downwardAPI")]
fn what_the_cluster_writes_is_never_synced(#[case] mut volume: Value, #[case] kind: &str) {
    volume["name"] = json!("data");
    let mount = json!({"name": "data", "mountPath": "/data", "readOnly": true});
    let pod =
        pod(json!({"spec": {"containers": [{"name": "app", "volumeMounts": [mount]}], "volumes": [volume]}}));
    for from_remote in [true, false] {
        let directions = json!({"allowedDirections": {"fromRemote": from_remote}});
        let object = object(json!({"localPath": "/data/x", "syncOptions": directions}));
        let told = refusal(&pod, &object).to_string();
        assert!(told.contains(&format!("lies on volume data of the kind {kind}")), "{told}");
    }
}

#[rstest]
#[case("PODFS_RCLONE")]
#[case("PATH")]
#[case("LD_PRELOAD")]
#[case("RCLONE_PASSWORD_COMMAND")]
#[case("RCLONE_CONFIG_REMOTE_BEARER_TOKEN_COMMAND")]
#[case("REMOTE_BEARER_TOKEN_COMMAND")]
#[case("REMOTE_SSH")]
#[case("RCLONE_SFTP_SSH")]
#[case("AWS_CONFIG_FILE")]
#[case("REMOTE_ssh")]
#[case("REMOTE_Bearer_token_command")]
fn a_variable_that_would_run_a_file_of_the_volume_is_refused(#[case] name: &str) {
    let told = refusal(&pod(json!({})), &object(json!({"env": {name: "/data/x"}}))).to_string();
    assert!(told.contains(&format!("env sets {name}, which names a program")), "{told}");
}

#[test]
fn containers_that_see_different_files_at_the_path_are_refused() {
    let two = |first: Value, second: Value| {
        pod(json!({"spec": {"containers": [
            {"name": "a", "volumeMounts": [first]}, {"name": "b", "volumeMounts": [second]},
        ]}}))
    };
    let object = object(json!({"localPath": "/data/x"}));
    let told = |pod: &Pod| refusal(pod, &object).to_string();
    let other =
        two(json!({"name": "data", "mountPath": "/data"}), json!({"name": "other", "mountPath": "/data/x"}));
    assert!(told(&other).contains("containers a and b mount different volumes"), "{}", told(&other));
    let part = two(
        json!({"name": "data", "mountPath": "/data"}),
        json!({"name": "data", "mountPath": "/data", "subPath": "y"}),
    );
    assert!(told(&part).contains("different volumes (or parts of one)"), "{}", told(&part));
    // The same place, by two ways.
    let same = two(
        json!({"name": "data", "mountPath": "/data"}),
        json!({"name": "data", "mountPath": "/data/x", "subPath": "x"}),
    );
    super::build::injected(&same, &object);
}

#[test]
fn a_mount_by_an_expression_is_refused() {
    let mount = json!({"name": "data", "mountPath": "/data", "subPathExpr": "$(NAME)"});
    let pod = pod(json!({"spec": {"containers": [{"name": "app", "volumeMounts": [mount]}]}}));
    let told = refusal(&pod, &object(json!({}))).to_string();
    assert!(told.contains("mounts /data with subPathExpr"), "{told}");
}

#[test]
fn a_reference_to_nobody_names_those_who_are_there() {
    let pod = pod(json!({"spec": {"initContainers": [{"name": "a"}, {"name": "b"}]}}));
    let placement = json!({"placement": "after", "containerReference": "c"});
    let told = refusal(&pod, &object(json!({"initContainerPlacement": placement}))).to_string();
    assert!(told.contains("names c, but this Pod has only these init containers: a, b"), "{told}");
}
