//! A Pod's files go with it and come back.

use podfs_testkit::servers::S3Server;
use serde_json::json;

use crate::cluster::{Cluster, on_the_node, replicas, until};
use crate::objects::{listed, object, pod, remote};

/// A namespace that enforces the strictest Pod Security, and the way to a server.
fn prepare(cluster: &Cluster<'_>, namespace: &str, server: &S3Server) {
    cluster.namespace(namespace, "restricted");
    cluster.apply(&remote(namespace, server));
}

/// Lets a Pod write, end and come back; what it wrote last must be there.
fn goes_and_comes_back(cluster: &Cluster<'_>, namespace: &str, app: &str) {
    cluster.apply(&pod(namespace, app));
    cluster.wait_ready(namespace, app);
    has_a_token_of_its_own(cluster, namespace, app);
    assert_eq!(cluster.run(namespace, app, "ls -A /data"), "");
    cluster.run(
        namespace,
        app,
        "mkdir /data/folder && echo of the app > /data/folder/file && chmod 640 /data/folder/file",
    );
    cluster.delete_pod(namespace, app);

    cluster.apply(&pod(namespace, app));
    cluster.wait_ready(namespace, app);
    assert_eq!(cluster.run(namespace, app, "cat /data/folder/file /data/last"), "of the app\nat the end\n");
    let owner = cluster.run(namespace, app, "stat -c '%u:%g %a' /data/folder/file");
    assert_eq!(owner, "1000:1000 640\n");
    cluster.delete_pod(namespace, app);
}

/// The application finds its service account's token where it always is, and our containers find nothing there.
fn has_a_token_of_its_own(cluster: &Cluster<'_>, namespace: &str, app: &str) {
    let there = "volumeMounts[?(@.mountPath==\"/var/run/secrets/kubernetes.io/serviceaccount\")].name";
    let of_ours = cluster.get(namespace, app, &format!("{{.spec.initContainers[*].{there}}}"));
    assert_eq!(of_ours, "volume-syncing-no-token volume-syncing-no-token");
    let of_the_app = cluster.get(namespace, app, &format!("{{.spec.containers[*].{there}}}"));
    assert!(of_the_app.starts_with("kube-api-access-"), "{of_the_app}");
    cluster.run(namespace, app, "test -s /var/run/secrets/kubernetes.io/serviceaccount/token");
}

#[test]
fn a_pod_restores_before_its_app_starts_and_flushes_what_the_app_wrote_last() {
    on_the_node(
        "lifecycle::a_pod_restores_before_its_app_starts_and_flushes_what_the_app_wrote_last",
        |cluster| {
            let server = S3Server::start_at(cluster.node.address()).unwrap();
            let bucket = server.create_bucket("plain").unwrap();
            prepare(cluster, "plain", &server);
            cluster.apply(&object("plain", "web", &bucket));
            goes_and_comes_back(cluster, "plain", "web");
            let stored = server.request("GET", &format!("/{bucket}/web/last"), b"").unwrap();
            assert_eq!(stored.text(), "at the end\n");
        },
    );
}

#[test]
fn what_a_pod_synced_stands_in_the_status_after_it_was_deleted() {
    let _replicas = replicas();
    on_the_node("lifecycle::what_a_pod_synced_stands_in_the_status_after_it_was_deleted", |cluster| {
        let server = S3Server::start_at(cluster.node.address()).unwrap();
        let bucket = server.create_bucket("told").unwrap();
        prepare(cluster, "told", &server);
        cluster.apply(&object("told", "web", &bucket));
        cluster.apply(&pod("told", "web"));
        cluster.wait_ready("told", "web");
        cluster.delete_pod("told", "web");
        let synced = "--output=jsonpath={.status.locations[0].synchronizedToRemote} {.status.lastSyncTime}";
        until("the status says so", || {
            let said = cluster.kubectl(&["get", "pfss", "--namespace=told", "web", synced]);
            said.strip_prefix("true ").is_some_and(|time| !time.is_empty())
        });
    });
}

#[test]
fn an_encrypted_pod_comes_back_too_and_nothing_of_it_can_be_read_on_the_remote() {
    on_the_node(
        "lifecycle::an_encrypted_pod_comes_back_too_and_nothing_of_it_can_be_read_on_the_remote",
        |cluster| {
            let server = S3Server::start_at(cluster.node.address()).unwrap();
            let bucket = server.create_bucket("sealed").unwrap();
            prepare(cluster, "sealed", &server);
            let mut sealed = object("sealed", "web", &bucket);
            sealed["spec"]["automaticEncryption"] = json!({"enabled": true, "secretName": "web-key"});
            cluster.apply(&sealed);
            goes_and_comes_back(cluster, "sealed", "web");
            let stored = server.request("GET", &format!("/{bucket}/web/last"), b"").unwrap();
            assert_eq!(stored.status, 404);
        },
    );
}

#[test]
fn a_pod_whose_restore_fails_does_not_start_its_app_and_says_why() {
    on_the_node("lifecycle::a_pod_whose_restore_fails_does_not_start_its_app_and_says_why", |cluster| {
        let server = S3Server::start_at(cluster.node.address()).unwrap();
        let bucket = server.create_bucket("fails").unwrap();
        prepare(cluster, "fails", &server);
        cluster.apply(&object("fails", "web", &bucket));
        // More than the volume can hold, beside what it can.
        for (name, size) in [("large", 3 << 20), ("small", 1)] {
            let stored = server.request("PUT", &format!("/{bucket}/web/{name}"), &vec![b'x'; size]).unwrap();
            assert_eq!(stored.status, 200);
        }
        let before = listed(&server, &bucket);
        assert_eq!(
            before.iter().map(|object| object[0].as_str()).collect::<Vec<_>>(),
            ["web/large", "web/small"]
        );
        let mut web = pod("fails", "web");
        web["spec"]["volumes"][0]["emptyDir"] = json!({"medium": "Memory", "sizeLimit": "1Mi"});
        cluster.apply(&web);
        until("the restore has failed", || cluster.get("fails", "web", "{.status.phase}") == "Failed");
        let restore =
            "{.status.initContainerStatuses[?(@.name==\"init-volume-restore\")].state.terminated.message}";
        let said = cluster.get("fails", "web", restore);
        assert!(said.contains("large") && said.contains("space"), "{said}");
        for never in [
            "{.status.containerStatuses[?(@.name==\"app\")].state.terminated.startedAt}",
            "{.status.initContainerStatuses[?(@.name==\"volume-syncing-sidecar\")].state.terminated.startedAt}",
        ] {
            assert_eq!(cluster.get("fails", "web", never), "", "{never}");
        }
        cluster.delete_pod("fails", "web");
        assert_eq!(listed(&server, &bucket), before, "{}", cluster.told("fails"));
    });
}
