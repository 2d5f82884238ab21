//! What is read from a Pod that was injected, and what is told without a Pod.

use rstest::rstest;
use serde_json::{Value, json};

use super::build::{injected, object, pod};
use crate::{check, remote_path_of};

#[rstest]
#[case(json!({}))]
#[case(json!({"automaticEncryption": {"enabled": true, "secretName": "key"}}))]
#[case(json!({"syncOptions": {"allowedDirections": {"toRemote": false}}}))]
#[case(json!({"syncOptions": {"allowedDirections": {"fromRemote": false}}}))]
fn an_injected_pod_says_itself_where_its_files_are(#[case] mut more: Value) {
    more["remotePath"] = json!("/bucket/$HOME/{{ pod.metadata.name }}");
    let pod = pod(json!({}));
    assert_eq!(remote_path_of(&pod), None);
    let path = remote_path_of(&injected(&pod, &object(more)));
    assert_eq!(path.as_deref(), Some("/bucket/$HOME/app-0"));
}

#[rstest]
#[case(json!({"remotePath": "/bucket/{{ pod.metadata.name"}), "BadTemplate", "remotePath")]
#[case(json!({"env": {"REMOTE_ROOT": "{% set a = 1 %}"}}), "BadTemplate", "env.REMOTE_ROOT")]
#[case(json!({"syncOptions": {"schedule": "61 * * * *"}}), "InvalidSpec", "61")]
#[case(json!({"localPath": "data"}), "InvalidSpec", "localPath")]
fn what_no_pod_could_have_is_told_without_one(#[case] more: Value, #[case] reason: &str, #[case] said: &str) {
    let refusal = check(&object(more)).unwrap_err();
    assert_eq!(refusal.reason(), reason);
    assert!(refusal.to_string().contains(said), "{refusal}");
}

#[test]
fn a_template_that_only_some_pods_can_fill_in_is_for_them_to_be_told() {
    assert_eq!(check(&object(json!({"remotePath": "/b/{{ pod.metadata.annotations.place }}"}))), Ok(()));
}
