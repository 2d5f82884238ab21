//! An object that an older schema let in, and that makes no sense.

use podfs_operator::{Scope, Settings};
use serde_json::json;

use crate::install::Installation;
use crate::objects::{object, pod};
use crate::replica::{Replica, settings};
use crate::server::{bare, define};

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_object_stalls_none_of_the_others_and_is_told() {
    let server = bare();
    let strict = serde_json::to_value(podfs_api::definition()).unwrap();
    let mut loose = strict.clone();
    loose["spec"]["versions"][0]["schema"]["openAPIV3Schema"] =
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    loose["spec"]["versions"][0]["selectableFields"] = json!([]);
    define(server.kubeconfig(), &loose);
    let installation = Installation::on(server.kubeconfig(), "malformed", &[]).await;
    let mut malformed = object("malformed", "bad");
    malformed["spec"]["localPath"] = json!(["/data"]);
    installation.apply(&malformed);
    define(server.kubeconfig(), &strict);

    let everywhere = Settings { scope: Scope::default(), ..settings(&installation, "one") };
    let replica = Replica::start_with(&installation, everywhere);
    replica.until_asked(&installation).await;
    installation.apply(&object("malformed", "web"));
    replica.until_knows(&installation, "web").await;
    installation.try_create(&pod("malformed", "web", "web-0"), &[]).unwrap();
    let said = installation.try_create(&pod("malformed", "bad", "bad-0"), &[]).unwrap_err();
    assert!(said.contains("bad cannot be read"), "{said}");
    replica.until_condition(&installation, "web", "True", "PodsServed").await;
}
