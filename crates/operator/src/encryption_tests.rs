//! What is taken for a key, and when one is not made.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn with(key: &str, value: &[u8]) -> Secret {
    Secret { data: Some(BTreeMap::from([(key.to_owned(), ByteString(value.to_vec()))])), ..Secret::default() }
}

#[test]
fn a_fresh_key_is_one_that_is_taken_and_has_no_owner() {
    let secret = fresh("team", "key").unwrap();
    assert_eq!(check(&secret), Ok(()));
    assert_eq!((secret.metadata.owner_references.clone(), secret.immutable), (None, Some(true)));
    assert_ne!(secret.data, fresh("team", "key").unwrap().data);
}

#[rstest]
#[case(Secret::default(), "no key")]
#[case(with("PASSWORD", b"x"), "no key")]
#[case(with(ENCRYPTED_PASSWORD, b"\xff"), "no text")]
#[case(with(ENCRYPTED_PASSWORD, b"plain text"), "did not print")]
#[case(with(ENCRYPTED_PASSWORD, obscure(&Password::default()).unwrap().as_bytes()), "empty password")]
fn a_secret_without_a_password_is_told(#[case] secret: Secret, #[case] said: &str) {
    assert!(check(&secret).unwrap_err().contains(said));
}

#[rstest]
#[case(json!({}), false)]
#[case(json!({"locations": [{"directory": "/b", "synchronizedToRemote": false}]}), false)]
#[case(json!({"locations": [{"directory": "/b", "synchronizedToRemote": true}]}), true)]
#[case(json!({"conditions": [condition("EncryptionKey", "True")]}), true)]
#[case(json!({"conditions": [condition("EncryptionKey", "False")]}), true)]
#[case(json!({"conditions": [condition("Ready", "True")]}), false)]
fn the_status_tells_whether_there_was_a_key(#[case] status: Value, #[case] had: bool) {
    let object = json!({
        "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync", "metadata": {"name": "a"},
        "spec": {"podSelector": {}, "localPath": "/data", "remotePath": "/bucket"}, "status": status,
    });
    assert_eq!(had_key(&serde_json::from_value(object).unwrap()), had);
}

fn condition(kind: &str, status: &str) -> Value {
    json!({"type": kind, "status": status, "reason": "", "message": "", "lastTransitionTime": "2026-11-22T09:00:00Z"})
}
