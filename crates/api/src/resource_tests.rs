//! Objects as users write them.

use serde_json::{Value, json};

use crate::{PodFilesystemSync, number};

fn object(spec: Value) -> PodFilesystemSync {
    let whole = json!({
        "apiVersion": "riotkit.org/v1alpha1",
        "kind": "PodFilesystemSync",
        "metadata": {"name": "site"},
        "spec": spec,
    });
    serde_json::from_value(whole).unwrap()
}

#[test]
fn what_is_left_out_is_what_the_contract_says() {
    let object =
        object(json!({"podSelector": {"matchLabels": {"a": "b"}}, "localPath": "/data", "remotePath": "/b"}));
    let options = &object.spec.sync_options;
    assert_eq!(options, &crate::SyncOptions::default());
    assert!(options.clean_up.remote && options.clean_up.local && options.restore_remote_on_first_run);
    assert!(!options.clean_up.force_remote && !options.clean_up.force_local);
    assert!(options.allowed_directions.to_remote && options.allowed_directions.from_remote);
    assert_eq!(object.spec.init_container_placement.placement, crate::Placement::Last);
    assert!(!object.spec.automatic_encryption.enabled && !object.spec.debug);
}

#[test]
fn numbers_may_be_text() {
    let object = object(json!({
        "podSelector": {"matchLabels": {"a": "b"}}, "localPath": "/data", "remotePath": "/b",
        "syncOptions": {"maxOneSyncPerMinutes": "15", "permissions": {"uid": 1001, "gid": "1002"}},
    }));
    let options = &object.spec.sync_options;
    let read = [&options.max_one_sync_per_minutes, &options.permissions.uid, &options.permissions.gid]
        .map(|value| value.as_ref().and_then(number));
    assert_eq!(read, [Some(15), Some(1001), Some(1002)]);
}

#[test]
fn half_a_group_of_options_keeps_the_defaults_of_the_other_half() {
    let object = object(json!({
        "podSelector": {"matchLabels": {"a": "b"}}, "localPath": "/data", "remotePath": "/b",
        "syncOptions": {"cleanUp": {"local": false}, "allowedDirections": {"fromRemote": false}},
    }));
    let options = &object.spec.sync_options;
    assert!(options.clean_up.remote && !options.clean_up.local);
    assert!(options.allowed_directions.to_remote && !options.allowed_directions.from_remote);
}
