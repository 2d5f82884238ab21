//! What is valid by the contract, and what the server makes of it.

use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{Server, file, object};

#[rstest]
#[case(json!({}))]
#[case(json!({"localPath": "/var/www/..data/"}))]
#[case(json!({"remotePath": "bucket/{{ pod.ObjectMeta.Annotations[\"subdir\"] }}"}))]
#[case(json!({"podSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}}))]
#[case(json!({"podSelector": {"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}}))]
#[case(json!({"initContainerPlacement": {"placement": "first"}}))]
#[case(json!({"initContainerPlacement": {"placement": "after", "containerReference": "seed"}}))]
#[case(json!({"syncOptions": {"method": "scheduler", "schedule": "@every 5m", "maxOneSyncPerMinutes": "15"}}))]
#[case(json!({"syncOptions": {"method": "fsnotify", "maxOneSyncPerMinutes": 15}}))]
#[case(json!({"syncOptions": {"method": "fsnotify", "maxOneSyncPerMinutes": 0, "schedule": "@hourly"}}))]
#[case(json!({"syncOptions": {"schedule": "0 30 * * * *"}}))]
#[case(json!({"syncOptions": {"schedule": "CRON_TZ=Europe/Warsaw 0 3 * JAN-MAR MON,FRI"}}))]
#[case(json!({"syncOptions": {"schedule": "@every 1h30m"}}))]
#[case(json!({"syncOptions": {"permissions": {"uid": 0, "gid": "2147483647"}}}))]
#[case(json!({"syncOptions": {"cleanUp": {"remote": false, "local": false, "forceRemote": true, "forceLocal": true}}}))]
#[case(json!({"syncOptions": {"allowedDirections": {"toRemote": false}, "restoreRemoteOnFirstRun": false}}))]
#[case(json!({"env": {"REMOTE_TYPE": "s3"}, "envFromSecrets": [{"name": "a"}, {"name": "b", "namespace": "default"}]}))]
#[case(json!({"automaticEncryption": {"enabled": true, "secretName": "key"}, "debug": true}))]
#[case(json!({"automaticEncryption": {"enabled": false, "secretName": "key"}, "env": {"ENCRYPTED_PASSWORD": "x"}}))]
fn what_the_contract_allows_is_accepted(#[case] spec: Value) {
    Server::shared().try_create(&object(&spec)).unwrap();
}

#[rstest]
fn the_examples_are_accepted(#[values("s3", "encrypted", "fsnotify", "restore-only")] name: &str) {
    let path = file(&format!("examples/volume-syncing-controller/{name}.yaml"));
    Server::shared().try_create(&std::fs::read_to_string(path).unwrap()).unwrap();
}

#[test]
fn what_is_left_out_is_filled_in_as_our_own_types_do() {
    let kept =
        Server::shared().try_create(&object(&json!({"syncOptions": {"cleanUp": {"local": false}}}))).unwrap();
    let options = json!({
        "method": "scheduler",
        "permissions": {},
        "cleanUp": {"remote": true, "local": false, "forceRemote": false, "forceLocal": false},
        "allowedDirections": {"toRemote": true, "fromRemote": true},
        "restoreRemoteOnFirstRun": true,
    });
    assert_eq!(kept["spec"]["syncOptions"], options);
    assert_eq!(kept["spec"]["initContainerPlacement"], json!({"placement": "last"}));
    let read: podfs_api::PodFilesystemSync = serde_json::from_value(kept.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read.spec).unwrap(), kept["spec"]);
}

#[test]
fn explain_reads_like_documentation() {
    let told = |path: &str| String::from_utf8(Server::shared().kubectl(&["explain", path]).stdout).unwrap();
    let options = told("pfss.spec.syncOptions");
    assert!(options.contains("restoreRemoteOnFirstRun\t<boolean>"), "{options}");
    assert!(options.contains("At most one sync") || options.contains("at most one sync"), "{options}");
    let whole = told("podfilesystemsyncs");
    assert!(whole.contains("keeps a volume of Pods in cloud storage"), "{whole}");
    let condition = told("pfss.status.conditions.reason");
    assert!(condition.contains("Why, in one word"), "{condition}");
}

#[test]
fn columns_and_fields_can_be_asked_for() {
    let server = Server::shared();
    let columns = server.kubectl(&[
        "get",
        "pfss",
        "-o",
        "wide",
        "--field-selector",
        "spec.syncOptions.method=fsnotify",
    ]);
    assert!(columns.status.success(), "{}", String::from_utf8_lossy(&columns.stderr));
    assert!(server.kubectl(&["get", "podfs"]).status.success());
}
