//! The webhook's certificates: replicas agree, and nobody is refused while they change.

use std::collections::BTreeSet;
use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use podfs_api::PodFilesystemSync;
use podfs_operator::Validity;
use serde_json::json;

use crate::http::get_trusting;
use crate::install::{Installation, text};
use crate::objects::object;
use crate::replica::{Replica, settings, with_validity};
use crate::until::until;

/// What the API server trusts for each of the webhooks.
pub(crate) async fn bundles(installation: &Installation) -> BTreeSet<String> {
    let bundle = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let webhooks = installation.configuration().await.webhooks.unwrap();
    webhooks
        .into_iter()
        .map(|webhook| webhook.client_config.ca_bundle.map(|bytes| bundle(bytes.0)).unwrap_or_default())
        .collect()
}

pub(crate) async fn until_trusted(installation: &Installation) {
    until("the API server trusts what is stored", || async {
        let secret = installation.certificates().await;
        bundles(installation).await == BTreeSet::from([text(&secret, "ca.crt")])
    })
    .await;
}

async fn holder(installation: &Installation) -> Option<String> {
    let leases: Api<Lease> = Api::namespaced(installation.admin.clone(), &installation.name);
    let lease = leases.get_opt(&installation.fullname()).await.unwrap()?;
    lease.spec?.holder_identity.filter(|holder| !holder.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_at_once_serve_one_certificate_and_a_leader_that_ends_is_followed() {
    let installation = Installation::new("agree", &[]).await;
    let [one, other] = ["one", "other"].map(|name| Replica::start(&installation, name));
    installation.lead_to(&[&one, &other]);
    one.until_ready().await;
    other.until_ready().await;
    let secret = installation.certificates().await;
    let authority = text(&secret, "ca.crt");
    assert_eq!(authority.matches("BEGIN CERTIFICATE").count(), 1);
    until_trusted(&installation).await;
    for replica in [&one, &other] {
        assert!(get_trusting(replica.https, "/health", &authority).await.is_some());
    }

    let leader = holder(&installation).await.unwrap();
    let (leads, follows) = if leader == "one" { (one, other) } else { (other, one) };
    leads.end().await;
    until("the other one leads", || async {
        holder(&installation).await.is_some_and(|holder| holder != leader)
    })
    .await;
    assert_eq!(installation.certificates().await.data, secret.data);
    assert!(get_trusting(follows.https, "/health", &authority).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_or_overwritten_by_hand_is_put_right() {
    let installation = Installation::new("by-hand", &[]).await;
    let replica = Replica::start(&installation, "one");
    installation.lead_to(&[&replica]);
    replica.until_ready().await;
    until_trusted(&installation).await;
    let before = installation.certificates().await;

    let configurations: Api<MutatingWebhookConfiguration> = Api::all(installation.admin.clone());
    let forget = json!([{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]);
    let forget = Patch::Json::<()>(serde_json::from_value(forget).unwrap());
    configurations.patch(&installation.fullname(), &PatchParams::default(), &forget).await.unwrap();
    until_trusted(&installation).await;

    let secrets: Api<Secret> = Api::namespaced(installation.admin.clone(), &installation.name);
    secrets.delete(&installation.certificate_secret(), &DeleteParams::default()).await.unwrap();
    // The same one, so that nobody is refused.
    assert_eq!(installation.certificates().await.data, before.data);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_certificates_are_rotated_no_request_is_refused() {
    let installation = Installation::new("rotate", &[]).await;
    let validity = Validity { lifetime: Duration::from_secs(24), overlap: Duration::from_secs(1) };
    let [one, other] = ["one", "other"].map(|name| {
        Replica::start_with(&installation, with_validity(settings(&installation, name), validity.clone()))
    });
    one.until_ready().await;
    other.until_ready().await;
    // Now that there is a certificate, so that no request comes before its authority is known.
    installation.lead_to(&[&one, &other]);
    until_trusted(&installation).await;

    let objects: Api<PodFilesystemSync> = Api::namespaced(installation.admin.clone(), &installation.name);
    let for_show = PostParams { dry_run: true, ..PostParams::default() };
    let asked_about = serde_json::from_value(object(&installation.name, "load")).unwrap();
    until("the first one is let in", || async { objects.create(&for_show, &asked_about).await.is_ok() })
        .await;
    let (mut served, mut asked) = (BTreeSet::new(), 0);
    while served.len() < 3 {
        let all = (0..8).map(|_| objects.create(&for_show, &asked_about));
        for answer in futures::future::join_all(all).await {
            answer.unwrap();
            asked += 1;
        }
        served.insert(text(&installation.certificates().await, "tls.crt"));
    }
    assert!(asked >= 100, "{asked} requests are not much of a load");
}
