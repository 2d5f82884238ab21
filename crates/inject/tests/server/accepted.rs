//! What is valid by the contract, and what the server makes of it.

use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{STRICT, Server, file, object};

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
#[case(json!({"env": {"REMOTE_X": "x".repeat(131_072)}}))]
#[case(json!({"automaticEncryption": {"enabled": true, "secretName": "key"}, "debug": true}))]
#[case(json!({"automaticEncryption": {"enabled": false, "secretName": "key"}, "env": {"ENCRYPTED_PASSWORD": "x"}}))]
fn what_the_contract_allows_is_accepted(#[case] spec: Value) {
    Server::shared().try_create(&object(&spec)).unwrap();
}

#[rstest]
fn the_examples_are_accepted(#[values("volume-syncing-controller", "tutorial")] folder: &str) {
    let files = std::fs::read_dir(file("examples").join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let manifests: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    assert!(manifests.len() >= 2, "{manifests:?}");
    for manifest in manifests {
        let accepted = Server::shared().try_create(&std::fs::read_to_string(&manifest).unwrap());
        accepted.unwrap_or_else(|refused| panic!("{}: {refused}", manifest.display()));
    }
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
fn columns_show_what_an_object_is_for_and_how_it_is() {
    let (server, names) = (Server::shared(), ["columns-events", "columns-nothing"]);
    let take_away = || {
        names.map(|name| server.told(&["delete", "pfss", name, "--namespace", STRICT, "--ignore-not-found"]))
    };
    take_away();
    for (name, options) in names.iter().zip([json!({"method": "fsnotify", "schedule": "@hourly"}), json!({})])
    {
        let mut object: Value = serde_json::from_str(&object(&json!({"syncOptions": options}))).unwrap();
        object["metadata"] = json!({"name": name, "namespace": STRICT});
        server.create(&object);
    }
    let ready = json!({
        "type": "Ready", "status": "True", "reason": "PodsServed", "message": "all is well",
        "lastTransitionTime": "2020-01-01T00:00:00Z",
    });
    let status =
        json!({"status": {"lastSyncTime": "2020-01-01T00:00:00Z", "conditions": [ready]}}).to_string();
    let patch = ["patch", "pfss", names[0], "--subresource=status", "--type=merge", "--patch", &status];
    server.told(&[&patch[..], &["--namespace", STRICT]].concat());

    let get = |words: &[&str]| {
        let said = server.told(&[&["get", "pfss", "--namespace", STRICT, "-o", "wide"], words].concat());
        let rows = said.lines().filter(|line| line.starts_with("NAME") || line.starts_with("columns-"));
        rows.map(|row| {
            row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
        })
        .collect::<Vec<Vec<String>>>()
    };
    let rows = get(&[]);
    assert_eq!(rows[0], ["NAME", "METHOD", "SCHEDULE", "LAST SYNC", "READY", "REASON", "AGE"]);
    let with = &rows[1];
    assert_eq!([&with[..3], &with[4..6]].concat(), [names[0], "fsnotify", "@hourly", "True", "PodsServed"]);
    // As long ago as the status says, unlike the object itself.
    assert!(with[3].contains('y') && !with[6].contains('y'), "{with:?}");
    assert_eq!(rows[2][..2], [names[1], "scheduler"]);

    let by_method = get(&["--field-selector", "spec.syncOptions.method=fsnotify"]);
    assert_eq!(by_method.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["NAME", names[0]]);
    assert!(server.told(&["get", "podfs", "--namespace", STRICT, "-o", "name"]).contains(names[1]));
    take_away();
}
