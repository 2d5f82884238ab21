//! What people do with Pods that run.

use podfs_testkit::servers::S3Server;
use serde_json::json;

use crate::cluster::{on_the_node, until};
use crate::objects::{job, listed, object, pod, remote};

#[test]
fn a_pod_is_synced_while_it_runs_on_schedule_on_events_and_by_hand() {
    on_the_node("everyday::a_pod_is_synced_while_it_runs_on_schedule_on_events_and_by_hand", |cluster| {
        let server = S3Server::start_at(cluster.node.address()).unwrap();
        let bucket = server.create_bucket("runs").unwrap();
        cluster.namespace("runs", "restricted");
        cluster.apply(&remote("runs", &server));
        let mut scheduled = object("runs", "scheduled", &bucket);
        scheduled["spec"]["syncOptions"]["schedule"] = json!("@every 1s");
        let mut watched = object("runs", "watched", &bucket);
        watched["spec"]["syncOptions"] = json!({"method": "fsnotify", "maxOneSyncPerMinutes": "1"});
        let mut sealed = object("runs", "sealed", &bucket);
        sealed["spec"]["automaticEncryption"] = json!({"enabled": true, "secretName": "sealed-key"});
        // Without a head of ours on the remote, it is left alone.
        let mut fresh = object("runs", "fresh", &bucket);
        fresh["spec"]["syncOptions"]["restoreRemoteOnFirstRun"] = json!(false);
        assert_eq!(server.request("PUT", &format!("/{bucket}/fresh/of-others"), b"x").unwrap().status, 200);
        for object in [scheduled, watched, sealed, fresh, object("runs", "byhand", &bucket)] {
            cluster.apply(&object);
        }
        let apps = ["scheduled", "watched", "sealed", "fresh", "byhand"];
        apps.iter().for_each(|app| cluster.apply(&pod("runs", app)));
        for app in apps {
            cluster.wait_ready("runs", app);
            assert_eq!(cluster.run("runs", app, "ls -A /data"), "", "{app}");
            cluster.run("runs", app, "echo now > /data/file");
        }
        let there = |app: &str| {
            let answer = server.request("GET", &format!("/{bucket}/{app}/file"), b"").unwrap();
            answer.status == 200 && answer.text() == "now\n"
        };
        assert!(!there("byhand"));
        let sync = "/usr/bin/volume-syncing-controller sync-to-remote -s /data \
            -c /etc/volume-syncing-controller/rclone.conf";
        let by_hand = |app: &str, place: &[&str]| {
            let exec = ["exec", "-n", "runs", app, "-c", "volume-syncing-sidecar", "--"];
            cluster.kubectl(&[&exec[..], &sync.split_whitespace().collect::<Vec<_>>(), place].concat());
        };
        by_hand("byhand", &["-d", &format!("{bucket}/byhand")]);
        assert!(there("byhand"));
        // Encrypted, its own configuration says where.
        let of_sealed = || {
            let all = listed(&server, &bucket).into_iter().map(|[name, ..]| name);
            all.filter(|name| name.starts_with("sealed/")).collect::<Vec<_>>()
        };
        assert_eq!(of_sealed(), Vec::<String>::new());
        by_hand("sealed", &[]);
        assert!(!there("sealed") && !of_sealed().is_empty(), "{:?}", of_sealed());
        until("the schedule and the event have led to syncs", || there("scheduled") && there("watched"));
    });
}

#[test]
fn a_job_ends_although_it_has_a_sidecar_and_its_result_is_on_the_remote() {
    on_the_node(
        "everyday::a_job_ends_although_it_has_a_sidecar_and_its_result_is_on_the_remote",
        |cluster| {
            let server = S3Server::start_at(cluster.node.address()).unwrap();
            let bucket = server.create_bucket("job").unwrap();
            cluster.namespace("job", "restricted");
            cluster.apply(&remote("job", &server));
            cluster.apply(&object("job", "report", &bucket));
            cluster.apply(&job("job", "report", "echo result > /data/result"));
            cluster.kubectl(&[
                "wait",
                "--namespace=job",
                "--for=condition=Complete",
                "job/report",
                "--timeout=180s",
            ]);
            let stored = server.request("GET", &format!("/{bucket}/report/result"), b"").unwrap();
            assert_eq!(stored.text(), "result\n", "{}", cluster.told("job"));
            let synced = "--output=jsonpath={.status.locations[0].synchronizedToRemote}";
            until("the status says so", || {
                cluster.kubectl(&["get", "pfss", "--namespace=job", "report", synced]) == "true"
            });
        },
    );
}

/// With what users of the predecessor write: Go's names in templates, numbers as texts, variables in the object.
#[test]
fn the_predecessors_manifest_works_and_its_annotations_say_whose_the_files_are() {
    on_the_node(
        "everyday::the_predecessors_manifest_works_and_its_annotations_say_whose_the_files_are",
        |cluster| {
            let server = S3Server::start_at(cluster.node.address()).unwrap();
            let bucket = server.create_bucket("theirs").unwrap();
            cluster.namespace("theirs", "restricted");
            cluster.apply(&json!({
                "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
                "metadata": {"namespace": "theirs", "name": "web"},
                "spec": {
                    "podSelector": {"matchLabels": {"app": "web"}},
                    "localPath": "/data",
                    "remotePath": format!("/{bucket}/{{{{ pod.ObjectMeta.Annotations[\"subdir\"] }}}}"),
                    "initContainerPlacement": {"placement": "last"},
                    "syncOptions": {
                        "method": "scheduler", "schedule": "@every 15m", "maxOneSyncPerMinutes": "5",
                        "permissions": {"uid": "1001", "gid": "1001"},
                        "cleanUp": {"remote": true, "local": true, "forceRemote": false, "forceLocal": false},
                        "allowedDirections": {"toRemote": true, "fromRemote": true},
                        "restoreRemoteOnFirstRun": true,
                    },
                    "env": {
                        "REMOTE_TYPE": "s3", "REMOTE_PROVIDER": "Minio", "REMOTE_ENDPOINT": server.endpoint(),
                        "REMOTE_ACL": "private", "REMOTE_ACCESS_KEY_ID": server.access_key(),
                        "REMOTE_SECRET_ACCESS_KEY": server.secret_key(),
                    },
                },
            }));
            let mut web = pod("theirs", "web");
            web["metadata"]["annotations"] = json!({
                "subdir": "blue",
                "riotkit.org/volume-user-id": "1234", "riotkit.org/volume-group-id": "1235",
            });
            web["spec"]["securityContext"]["runAsUser"] = json!(1234);
            web["spec"]["securityContext"]["runAsGroup"] = json!(1235);
            web["spec"]["securityContext"]["fsGroup"] = json!(1235);
            for life in ["first", "second"] {
                cluster.apply(&web);
                cluster.wait_ready("theirs", "web");
                if life == "first" {
                    cluster.run("theirs", "web", "echo of the app > /data/file && chmod 600 /data/file");
                }
                assert_eq!(cluster.run("theirs", "web", "stat -c '%u:%g %a' /data/file"), "1234:1235 600\n");
                cluster.delete_pod("theirs", "web");
            }
            let stored = server.request("GET", &format!("/{bucket}/blue/file"), b"").unwrap();
            assert_eq!(stored.text(), "of the app\n");
        },
    );
}
