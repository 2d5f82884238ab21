//! An object that an older schema let in, and that makes no sense.

use kube::Api;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use podfs_api::PodFilesystemSync;
use podfs_operator::{Scope, Settings};
use serde_json::json;

use crate::install::Installation;
use crate::objects::{object, pod};
use crate::replica::{Replica, settings};
use crate::server::{bare, define};
use crate::until::found;

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
    let mut odd = object("malformed", "odd");
    odd["spec"]["debug"] = json!("yes");
    installation.apply(&odd);
    let objects: Api<DynamicObject> = Api::namespaced_with(
        installation.admin.clone(),
        "malformed",
        &ApiResource::erase::<PodFilesystemSync>(&()),
    );
    let location = json!({"directory": "/bucket/a", "synchronizedToRemote": true});
    let key = json!({
        "type": "EncryptionKey", "status": "True", "reason": "Kept", "message": "",
        "lastTransitionTime": "2026-11-22T09:00:00Z",
    });
    let status =
        json!({"locations": [location], "lastSyncTime": "2026-11-22T10:00:00Z", "conditions": [key]});
    let written = Patch::Merge(json!({"status": status}));
    objects.patch_status("odd", &PatchParams::default(), &written).await.unwrap();
    define(server.kubeconfig(), &strict);

    let everywhere = Settings { scope: Scope::default(), ..settings(&installation, "one") };
    let replica = Replica::start_with(&installation, everywhere);
    replica.until_asked(&installation).await;
    installation.apply(&object("malformed", "web"));
    replica.until_knows(&installation, "web").await;
    installation.try_create(&pod("malformed", "web", "web-0"), &[]).unwrap();
    let said = installation.try_create(&pod("malformed", "bad", "bad-0"), &[]).unwrap_err();
    assert!(said.contains("bad, odd cannot be read"), "{said}");
    replica.until_condition(&installation, "web", "True", "PodsServed").await;

    // On a list where a rule of the schema expects a text, the server takes no status either: the Event alone tells.
    for name in ["bad", "odd"] {
        installation.until_told(name, "NotReady", "cannot be read").await;
    }
    let told = found("the status tells of it", || async {
        let told = objects.get("odd").await.unwrap().data["status"].clone();
        (told["conditions"][1]["reason"] == "Malformed").then_some(told)
    })
    .await;
    let ready = &told["conditions"][1];
    assert_eq!((&ready["type"], &ready["status"]), (&json!("Ready"), &json!("False")));
    assert_eq!((&told["conditions"][0], &told["locations"]), (&key, &status["locations"]));
    assert_eq!(told["lastSyncTime"], status["lastSyncTime"]);
}
