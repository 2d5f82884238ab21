//! Keys of encryptions: made once, never changed, never deleted.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use podfs_api::PodFilesystemSync;
use podfs_api::names::variables::ENCRYPTED_PASSWORD;
use serde_json::json;

use crate::asked::{Asked, Held, failing_once};
use crate::install::{Installation, text};
use crate::objects::{encrypted, object, pod};
use crate::replica::{Replica, settings};
use crate::until::{found, until};

async fn secret(installation: &Installation, name: &str) -> Option<Secret> {
    Api::namespaced(installation.admin.clone(), &installation.name).get_opt(name).await.unwrap()
}

/// Replicas that answer, and none that leads: what is made then, the webhook made.
async fn without_a_leader(installation: &Installation) -> Replica {
    installation.apply(&json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"namespace": installation.name, "name": installation.fullname()},
        "spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 100_000},
    }));
    Replica::start(installation, "other")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_needs_a_key_gets_one_and_a_dry_run_makes_none() {
    let installation = Installation::new("keys", &[]).await;
    let leader = Replica::start(&installation, "one");
    leader.until_asked(&installation).await;
    leader.end().await;
    let replica = without_a_leader(&installation).await;
    replica.until_asked(&installation).await;
    let name = &installation.name;
    installation.apply(&encrypted(name, "web", "web-key"));
    replica.until_knows(&installation, "web").await;

    installation.try_create(&pod(name, "web", "web-0"), &["--dry-run=server"]).unwrap();
    assert!(secret(&installation, "web-key").await.is_none());
    installation.try_create(&pod(name, "web", "web-0"), &[]).unwrap();
    let made = secret(&installation, "web-key").await.unwrap();
    let key = text(&made, ENCRYPTED_PASSWORD);
    podfs_remote::crypt::Password::reveal(&key).unwrap();
    assert_eq!(made.metadata.owner_references, None);
    until("an Event tells of it", || async {
        installation.events("web").await.contains(&"EncryptionKeyMade".to_owned())
    })
    .await;

    installation.try_create(&pod(name, "web", "web-1"), &[]).unwrap();
    assert_eq!(secret(&installation, "web-key").await.unwrap().data, made.data);
    let pods: Api<Pod> = Api::namespaced(installation.admin.clone(), name);
    let stored = serde_json::to_string(&pods.get("web-0").await.unwrap()).unwrap();
    assert!(stored.contains("web-key") && !stored.contains(&key), "{stored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leader_makes_a_key_says_what_to_keep_and_never_takes_it_away() {
    let installation = Installation::new("keep", &[]).await;
    let replica = Replica::start(&installation, "one");
    let name = &installation.name;
    installation.apply(&encrypted(name, "web", "web-key"));
    replica.until_ready().await;
    let made = found("there is a key", || secret(&installation, "web-key")).await;
    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), name);
    let condition = found("the status tells of it", || async {
        let status = objects.get("web").await.unwrap().status?;
        status.conditions.into_iter().find(|condition| condition.type_ == "EncryptionKey")
    })
    .await;
    assert!(condition.message.contains("keep a copy"), "{condition:?}");
    until("an Event tells of it", || async {
        installation.events("web").await.contains(&"EncryptionKeyMade".to_owned())
    })
    .await;
    objects.delete("web", &DeleteParams::default()).await.unwrap();
    until("the replica knows", || async { objects.get_opt("web").await.unwrap().is_none() }).await;
    replica.end().await;
    assert_eq!(secret(&installation, "web-key").await.unwrap().data, made.data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_holds_something_else_is_refused_and_left_as_it_is() {
    let installation = Installation::new("foreign-key", &[]).await;
    let replica = Replica::start(&installation, "one");
    replica.until_asked(&installation).await;
    let name = &installation.name;
    installation.apply(&json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": name, "name": "theirs"},
        "stringData": {"password": "hidden"},
    }));
    let before = secret(&installation, "theirs").await.unwrap();
    installation.apply(&encrypted(name, "web", "theirs"));
    replica.until_knows(&installation, "web").await;
    let said = installation.try_create(&pod(name, "web", "web-0"), &[]).unwrap_err();
    assert!(said.contains("has no key ENCRYPTED_PASSWORD") && !said.contains("hidden"), "{said}");
    replica.until_condition(&installation, "web", "False", "EncryptionSecretInvalid").await;
    assert_eq!(secret(&installation, "theirs").await.unwrap(), before);
}

/// Changes the object, so that whoever leads looks at its Secret again.
async fn touch(installation: &Installation, name: &str, debug: bool) {
    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), &installation.name);
    let patch = Patch::Merge(json!({"spec": {"debug": debug}}));
    objects.patch(name, &PatchParams::default(), &patch).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_lost_is_not_made_anew_and_counts_again_when_it_is_brought_back() {
    let installation = Installation::new("lost-key", &[]).await;
    let replica = Replica::start(&installation, "one");
    replica.until_asked(&installation).await;
    let name = &installation.name;
    installation.apply(&encrypted(name, "web", "web-key"));
    replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;
    replica.until_knows(&installation, "web").await;
    let copy = secret(&installation, "web-key").await.unwrap();
    let secrets: Api<Secret> = Api::namespaced(installation.admin.clone(), name);
    secrets.delete("web-key", &DeleteParams::default()).await.unwrap();

    for words in [&["--dry-run=server"][..], &[]] {
        let said = installation.try_create(&pod(name, "web", "web-0"), words).unwrap_err();
        assert!(
            said.contains("Restore the Secret from your copy") && said.contains("create it anew"),
            "{said}"
        );
    }
    installation.until_told("web", "PodRefused", "Restore the Secret").await;
    touch(&installation, "web", true).await;
    replica.until_condition(&installation, "web", "False", "EncryptionSecretMissing").await;
    installation.until_told("web", "NotReady", "Restore the Secret").await;
    assert!(secret(&installation, "web-key").await.is_none());

    let mut copy = serde_json::to_value(copy).unwrap();
    copy["metadata"] = json!({"namespace": name, "name": "web-key"});
    copy["apiVersion"] = json!("v1");
    copy["kind"] = json!("Secret");
    installation.apply(&copy);
    installation.try_create(&pod(name, "web", "web-0"), &[]).unwrap();
    touch(&installation, "web", false).await;
    replica.until_condition(&installation, "web", "True", "PodsServed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_made_anew_while_its_key_is_asked_for_begins_without_a_past() {
    let installation = Installation::new("anew", &[]).await;
    let name = &installation.name;
    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), name);
    installation.apply(&encrypted(name, "web", "key"));
    // As if there had been a key, and somebody had lost it.
    let past = json!({"status": {"locations": [{"directory": "/bucket/old", "synchronizedToRemote": true}]}});
    objects.patch_status("web", &PatchParams::default(), &Patch::Merge(&past)).await.unwrap();
    let (client, held) = Held::client(&installation).await;
    let replica = Replica::start_as(settings(&installation, "one"), client);
    held.until_asked().await;
    objects.delete("web", &DeleteParams::default()).await.unwrap();
    installation.apply(&encrypted(name, "web", "key"));
    held.release();

    replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;
    assert!(secret(&installation, "key").await.is_some());
    assert_eq!(objects.get("web").await.unwrap().status.unwrap().locations, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_question_about_a_secret_that_fails_is_no_verdict_and_is_soon_asked_again() {
    let installation = Installation::new("moment", &[]).await;
    let name = &installation.name;
    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), name);
    installation.apply(&encrypted(name, "web", "key"));
    let ready = json!({
        "type": "Ready", "status": "True", "reason": "NoMatchingPod", "message": "",
        "lastTransitionTime": "2026-11-22T09:00:00Z", "observedGeneration": 1,
    });
    let before = Patch::Merge(json!({"status": {"conditions": [ready]}}));
    objects.patch_status("web", &PatchParams::default(), &before).await.unwrap();
    let client = failing_once(&installation, "/secrets/key").await;
    let begin = Instant::now();
    let _replica = Replica::start_as(settings(&installation, "one"), client);
    let status = found("the status tells of the key", || async {
        let status = objects.get("web").await.unwrap().status.unwrap();
        status.conditions.iter().any(|condition| condition.type_ == "EncryptionKey").then_some(status)
    })
    .await;
    // After a minute everything is looked at whatever happens.
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready").unwrap();
    assert_eq!(ready.last_transition_time.0.to_string(), "2026-11-22T09:00:00Z");
    assert!(!installation.events("web").await.contains(&"NotReady".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_secrets_an_object_that_asks_for_a_key_is_refused_and_says_why() {
    let installation = Installation::new("no-keys", &["rbac.encryptionSecrets=false"]).await;
    let replica = Replica::start(&installation, "one");
    replica.until_asked(&installation).await;
    let name = &installation.name;
    installation.apply(&encrypted(name, "web", "web-key"));
    replica.until_condition(&installation, "web", "False", "EncryptionSecretUnknown").await;
    replica.until_knows(&installation, "web").await;
    let said = installation.try_create(&pod(name, "web", "web-0"), &[]).unwrap_err();
    assert!(said.contains("rbac.encryptionSecrets"), "{said}");
    installation.until_told("web", "NotReady", "forbidden").await;
    assert!(secret(&installation, "web-key").await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_not_asked_for_each_time_that_a_pod_changes() {
    let installation = Installation::new("key-asks", &[]).await;
    let (asked, name) = (Asked::default(), &installation.name);
    let client = asked.client(&installation).await;
    let replica = Replica::start_as(settings(&installation, "one"), client);
    replica.until_asked(&installation).await;
    installation.apply(&object(name, "web"));
    installation.apply(&encrypted(name, "sealed", "key"));
    replica.until_condition(&installation, "sealed", "True", "NoMatchingPod").await;
    replica.until_knows(&installation, "web").await;
    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), name);
    asked.take();
    for number in 1..=5 {
        installation.try_create(&pod(name, "web", &format!("web-{number}")), &[]).unwrap();
        until("the status tells of it", || async {
            objects.get("web").await.unwrap().status.unwrap().locations.len() == number
        })
        .await;
    }
    let about_keys = asked.take().into_iter().filter(|asked| asked.ends_with("/secrets/key")).count();
    // Once in a while it is asked for whatever happens.
    assert!(about_keys <= 2, "{about_keys}");
}
