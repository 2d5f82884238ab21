//! Every kind of volume, seen from inside the virtual cluster.

use std::path::Path;

use serde_json::json;

use crate::agent;
use crate::cluster::{daemon_of, on_the_node, until, vcluster_pod};

const WORKED_IN: &str = "00000002-0000-4000-8000-000000000000";
const VIRTUAL: &str = "00000001-0000-4000-8000-000000000000";

#[test]
fn a_daemonset_of_the_vcluster_reads_and_writes_all_volumes_until_the_pod_ends() {
    on_the_node(
        "volumes::a_daemonset_of_the_vcluster_reads_and_writes_all_volumes_until_the_pod_ends",
        |cluster| {
            cluster.namespace("vols");
            cluster.apply(&daemon_of("vols", "volumes", "daemon"));
            cluster.wait_ready("vols", "daemon");
            cluster.apply(&json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "vols", "name": "secret"},
                "stringData": {"password": "hidden"},
            }));
            let volumes = json!([
                {"name": "disk", "emptyDir": {}},
                {"name": "memory", "emptyDir": {"medium": "Memory"}},
                {"name": "secret", "secret": {"secretName": "secret"}},
                {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
            ]);
            cluster.apply(&vcluster_pod("vols", "volumes", "app", VIRTUAL, &volumes));
            cluster.wait_ready("vols", "app");
            let host_uid = cluster.uid("vols", "app");
            for volume in ["disk", "memory"] {
                let script = format!("echo {volume} of the app > /volumes/{volume}/file");
                cluster.exec("vols", "app", &["sh", "-c", &script]).unwrap();
            }

            let seen =
                |kind: &str, file: &str| format!("/host_pods/{VIRTUAL}/volumes/kubernetes.io~{kind}/{file}");
            let read = |path: &str| cluster.exec("vols", "daemon", &["cat", path]);
            until("the disk is seen", || {
                read(&seen("empty-dir", "disk/file")).as_deref() == Some("disk of the app\n")
            });
            assert_eq!(read(&seen("empty-dir", "memory/file")).as_deref(), Some("memory of the app\n"));
            assert_eq!(read(&seen("secret", "secret/password")).as_deref(), Some("hidden"));
            let token = cluster.exec("vols", "app", &["cat", "/volumes/token/token"]).unwrap();
            assert_eq!(read(&seen("projected", "token/token")), Some(token));
            for volume in ["disk", "memory"] {
                let script = format!("echo from outside > {}", seen("empty-dir", &format!("{volume}/other")));
                cluster.exec("vols", "daemon", &["sh", "-c", &script]).unwrap();
                let other = cluster.exec("vols", "app", &["cat", &format!("/volumes/{volume}/other")]);
                assert_eq!(other.as_deref(), Some("from outside\n"), "{volume}");
            }
            let list = agent::list(cluster);
            assert!(list.contains("mounted  volumes   shop/app") && list.contains("vols/app"), "{list}");

            cluster.delete("vols", "app");
            let kubelets = Path::new("/var/lib/kubelet/pods").join(&host_uid);
            until("the kubelet has cleaned up", || !kubelets.exists());
            until("nothing is left of it", || {
                !Path::new("/var/lib/loft/volumes/pods").join(VIRTUAL).exists()
            });
            assert_eq!(cluster.exec("vols", "daemon", &["ls", "/host_pods"]).as_deref(), Some(""));
            let log = cluster.node.log("kubelet").unwrap();
            let orphans: Vec<&str> = log
                .lines()
                .filter(|line| {
                    line.contains("orphaned pod") && line.contains(&host_uid) && !line.contains("Cleaned up")
                })
                .collect();
            assert_eq!(orphans, Vec::<&str>::new());
            cluster.delete("vols", "daemon");
        },
    );
}

#[test]
fn who_works_in_a_volume_does_not_hold_its_pod_up_for_ever() {
    on_the_node("volumes::who_works_in_a_volume_does_not_hold_its_pod_up_for_ever", |cluster| {
        agent::release(cluster, &["lingerSeconds=1"]);
        cluster.namespace("busy");
        cluster.apply(&daemon_of("busy", "worked-in", "daemon"));
        cluster.wait_ready("busy", "daemon");
        let volumes = json!([{"name": "memory", "emptyDir": {"medium": "Memory"}}]);
        cluster.apply(&vcluster_pod("busy", "worked-in", "app", WORKED_IN, &volumes));
        cluster.wait_ready("busy", "app");
        let folder = format!("/host_pods/{WORKED_IN}/volumes/kubernetes.io~empty-dir/memory");
        until("it is seen", || cluster.exec("busy", "daemon", &["ls", &folder]).is_some());
        let sleeper = format!("cd {folder} || exit 1; sleep 3600 > /dev/null 2>&1 < /dev/null & echo there");
        assert_eq!(cluster.exec("busy", "daemon", &["sh", "-c", &sleeper]).as_deref(), Some("there\n"));
        cluster.delete("busy", "app");
        until("nothing is left of it", || {
            !Path::new("/var/lib/loft/worked-in/pods").join(WORKED_IN).exists()
        });
        agent::release(cluster, &[]);
        cluster.delete("busy", "daemon");
    });
}
