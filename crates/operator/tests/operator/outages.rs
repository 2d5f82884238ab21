//! An API server that is away.

use podfs_operator::Settings;
use podfs_testkit::cluster::ApiServer;
use serde_json::{Value, json};

use crate::asked::{Asked, unanswered_about_secrets};
use crate::certificates::until_trusted;
use crate::http::{get, post};
use crate::install::Installation;
use crate::objects::{encrypted, object, pod, review};
use crate::replica::{Replica, settings};
use crate::server::{bare, define};
use crate::until::until;

/// One to break, which knows our objects.
fn breakable() -> ApiServer {
    let server = bare();
    define(server.kubeconfig(), &serde_json::to_value(podfs_api::definition()).unwrap());
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_starts_while_the_api_server_is_away_lives_and_is_ready_when_it_is_back() {
    let mut server = breakable();
    let asked = Asked::default();
    let (client, settings) = {
        let installation = Installation::on(server.kubeconfig(), "away", &[]).await;
        (asked.client(&installation).await, settings(&installation, "one"))
    };
    server.kill().unwrap();
    let replica = Replica::start_as(settings, client);
    let asked_about = |asked: &[String], what: &str| asked.iter().filter(|path| path.contains(what)).count();
    let mut all = Vec::new();
    until("all of it was asked for, again and again", || {
        all.extend(asked.take());
        let again = ["/version", "/podfilesystemsyncs", "/secrets", "/leases"];
        let asked = again.iter().all(|what| asked_about(&all, what) >= 2);
        async move { asked }
    })
    .await;
    assert_eq!(get(replica.http, "/health").await.unwrap().0, 200);
    assert_eq!(get(replica.http, "/ready").await.unwrap().0, 503);

    server.restart().unwrap();
    replica.until_ready().await;
    let installation = Installation::on(server.kubeconfig(), "away", &[]).await;
    installation.lead_to(&[&replica]);
    until_trusted(&installation).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_api_server_is_away_pods_are_answered_from_what_is_known_and_no_key_is_guessed() {
    let mut server = breakable();
    let replica = {
        let installation = Installation::on(server.kubeconfig(), "gone", &[]).await;
        installation.apply(&object("gone", "web"));
        installation.apply(&encrypted("gone", "sealed", "key"));
        // As where somebody else speaks TLS: a server that is not there cannot ask.
        let plain = Settings { tls: None, ..settings(&installation, "one") };
        let replica = Replica::start_with(&installation, plain);
        replica.until_ready().await;
        replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;
        replica
    };
    let answer = |app: &'static str| async move {
        let (status, said) =
            post(replica.http, "/mutate-pods", review(&pod("gone", app, "web-0"))).await.unwrap();
        assert_eq!(status, 200);
        serde_json::from_str::<Value>(&said).unwrap()["response"].clone()
    };
    server.kill().unwrap();
    let web = answer("web").await;
    assert!(web["allowed"] == true && web["patch"].is_string(), "{web}");
    let sealed = answer("sealed").await;
    let said = sealed["status"]["message"].as_str().unwrap();
    assert!(sealed["allowed"] == false && said.contains("cannot read Secret gone/key"), "{sealed}");
    assert_eq!(get(replica.http, "/ready").await.unwrap().0, 200);

    server.restart().unwrap();
    let installation = Installation::on(server.kubeconfig(), "gone", &[]).await;
    installation.apply(&object("gone", "later"));
    replica.until_condition(&installation, "later", "True", "NoMatchingPod").await;
    let later = answer("later").await;
    assert!(later["allowed"] == true && later["patch"].is_string(), "{later}");
    assert_eq!(answer("sealed").await["allowed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_says_nothing_is_waited_for_no_longer_than_a_pod_can_wait() {
    let installation = Installation::new("silent", &[]).await;
    let name = &installation.name;
    installation.apply(&encrypted(name, "sealed", "key"));
    installation.apply(&object(name, "web"));
    let client = unanswered_about_secrets(&installation, &Asked::default()).await;
    let replica = Replica::start_as(settings(&installation, "one"), client);
    replica.until_asked(&installation).await;
    installation.lead_with(&[&replica], &json!({"timeoutSeconds": 2}), &json!({}));
    until("the replica itself says that it had to wait", || async {
        let said = installation.try_create(&pod(name, "sealed", "sealed-0"), &[]).unwrap_err();
        said.contains("has not told the operator in time")
    })
    .await;
    // And who writes the status goes on with the others.
    replica.until_condition(&installation, "sealed", "False", "EncryptionSecretUnknown").await;
    replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;
}
