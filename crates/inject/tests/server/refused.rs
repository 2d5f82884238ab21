//! What the server refuses by itself, and what it says.

use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{Server, object};

#[rstest]
#[case(json!({"podSelector": null}), "spec.podSelector: Required value")]
#[case(json!({"podSelector": {}}), "podSelector must select by something")]
#[case(json!({"podSelector": {"matchLabels": {}, "matchExpressions": []}}), "podSelector must select by something")]
#[case(json!({"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}), "In and NotIn need values")]
#[case(json!({"podSelector": {"matchExpressions": [{"key": "a", "operator": "Near"}]}}), "Unsupported value: \"Near\"")]
#[case(json!({"localPath": null}), "spec.localPath: Required value")]
#[case(json!({"localPath": ""}), "localPath must be absolute")]
#[case(json!({"localPath": "data"}), "localPath must be absolute")]
#[case(json!({"localPath": "//"}), "localPath must name a directory of a volume")]
#[case(json!({"localPath": "/data/../etc"}), "localPath must not contain ..")]
#[case(json!({"remotePath": null}), "spec.remotePath: Required value")]
#[case(json!({"remotePath": ""}), "remotePath must name a place on the remote")]
#[case(json!({"remotePath": " / "}), "remotePath must name a place on the remote")]
#[case(json!({"initContainerPlacement": {"placement": "before"}}), "placement before and after need containerReference")]
#[case(json!({"initContainerPlacement": {"placement": "first", "containerReference": "a"}}),
       "containerReference is only for placement before and after")]
#[case(json!({"initContainerPlacement": {"containerReference": "a"}}), "containerReference is only for placement")]
#[case(json!({"initContainerPlacement": {"placement": "middle"}}), "Unsupported value: \"middle\"")]
#[case(json!({"syncOptions": {"method": "inotify"}}), "Unsupported value: \"inotify\"")]
#[case(json!({"syncOptions": {"schedule": "every 5 minutes"}}), "schedule must be five cron fields")]
#[case(json!({"syncOptions": {"schedule": "* * * *"}}), "schedule must be five cron fields")]
#[case(json!({"syncOptions": {"schedule": "@every 5"}}), "schedule must be five cron fields")]
#[case(json!({"syncOptions": {"maxOneSyncPerMinutes": "often"}}), "maxOneSyncPerMinutes must be whole minutes")]
#[case(json!({"syncOptions": {"maxOneSyncPerMinutes": -1}}), "maxOneSyncPerMinutes must be whole minutes")]
#[case(json!({"syncOptions": {"maxOneSyncPerMinutes": 10081}}), "maxOneSyncPerMinutes must be whole minutes")]
#[case(json!({"syncOptions": {"permissions": {"uid": "root"}}}), "must be the number of a user or group")]
#[case(json!({"syncOptions": {"permissions": {"gid": -1}}}), "must be the number of a user or group")]
#[case(json!({"syncOptions": {"permissions": {"gid": "2147483648"}}}), "must be the number of a user or group")]
#[case(json!({"syncOptions": {"permissions": {"uid": true}}}), "spec.syncOptions.permissions.uid")]
#[case(json!({"syncOptions": {"allowedDirections": {"toRemote": false, "fromRemote": false}}}), "nothing is left to do")]
#[case(json!({"automaticEncryption": {"enabled": true}}), "automaticEncryption needs secretName")]
#[case(json!({"automaticEncryption": {"enabled": true, "secretName": "k"}, "env": {"ENCRYPTED_PASSWORD": "x"}}),
       "automaticEncryption sets ENCRYPTED_PASSWORD itself")]
#[case(json!({"automaticEncryption": {"enabled": true, "secretName": "k"}, "env": {"ENCRYPTED_REMOTE": "x"}}),
       "automaticEncryption sets ENCRYPTED_REMOTE itself")]
#[case(json!({"env": {"REMOTE_X": "x".repeat(131_073)}}), "Too long: may not be more than 131072")]
#[case(json!({"envFromSecrets": [{}]}), "spec.envFromSecrets[0].name: Required value")]
#[case(json!({"envFromSecret": [{"ref": "a"}]}), "unknown field \"spec.envFromSecret\"")]
fn what_makes_no_sense_is_refused_with_what_to_write(#[case] spec: Value, #[case] expected: &str) {
    let told = Server::shared().try_create(&object(&spec)).unwrap_err();
    assert!(told.contains(expected), "{told}");
}
