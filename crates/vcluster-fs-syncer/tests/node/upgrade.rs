//! Agents that are upgraded, and that crash, while a daemonset of the virtual cluster is at work.

use std::fs;

use serde_json::json;

use crate::agent;
use crate::cluster::{daemon_of, on_the_node, until, vcluster_pod};

fn virtual_uid(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-00000000000a")
}

/// Our mounts for one virtual cluster, as the node's mount table has them.
fn mounted() -> Vec<String> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mut lines: Vec<String> = table
        .lines()
        .filter(|line| line.contains(" /var/lib/loft/upgrade/pods/"))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

#[test]
fn an_upgrade_and_a_crash_interrupt_nobody_and_what_came_meanwhile_is_mounted() {
    on_the_node(
        "upgrade::an_upgrade_and_a_crash_interrupt_nobody_and_what_came_meanwhile_is_mounted",
        |cluster| {
            cluster.namespace("up");
            cluster.apply(&daemon_of("up", "upgrade", "daemon"));
            let volumes = json!([{"name": "memory", "emptyDir": {"medium": "Memory"}}]);
            let start = |number: u32| {
                let name = format!("app-{number}");
                cluster.apply(&vcluster_pod("up", "upgrade", &name, &virtual_uid(number), &volumes));
                cluster.wait_ready("up", &name);
                let script = format!("echo {number} > /volumes/memory/file");
                cluster.exec("up", &name, &["sh", "-c", &script]).unwrap();
            };
            let sees = |number: u32| {
                let file =
                    format!("/host_pods/{}/volumes/kubernetes.io~empty-dir/memory/file", virtual_uid(number));
                cluster.exec("up", "daemon", &["cat", &file]).as_deref() == Some(&format!("{number}\n"))
            };
            cluster.wait_ready("up", "daemon");
            start(1);
            until("the first is seen", || sees(1));
            // It has a file open all the time, and its working directory is in the mapping.
            let folder = format!("/host_pods/{}/volumes/kubernetes.io~empty-dir/memory", virtual_uid(1));
            let script = format!(
                "cd {folder} || exit 1; while true; do cat file || echo lost; sleep 0.1; done > /tmp/seen 2>&1 &"
            );
            cluster.exec("up", "daemon", &["sh", "-c", &script]).unwrap();
            let kept = mounted();

            let old = agent::pod(cluster);
            agent::upgrade(cluster, &["logLevel=debug"]);
            start(2);
            agent::wait_rolled_out(cluster);
            assert_ne!(agent::pod(cluster), old);
            until("what came during the upgrade is seen", || sees(2));
            agent::crash(cluster);
            start(3);
            until("what came after the crash is seen", || sees(3));
            cluster.delete("up", "app-2");
            until("what ended is gone", || {
                !fs::exists(format!("/var/lib/loft/upgrade/pods/{}", virtual_uid(2))).unwrap()
            });

            let now = mounted();
            assert!(
                kept.iter().all(|line| now.contains(line)),
                "a good mount was touched:\n{kept:#?}\n{now:#?}"
            );
            let seen = cluster.exec("up", "daemon", &["cat", "/tmp/seen"]).unwrap();
            assert!(seen.lines().count() > 1 && seen.lines().all(|line| line == "1"), "{seen}");
            assert_eq!(agent::metric(cluster, "mounts_failed"), 0.0);
            // The one that looks goes first: the kernel unmounts no volume in which somebody works, for the kubelet neither.
            for pod in ["daemon", "app-1", "app-3"] {
                cluster.delete("up", pod);
            }
        },
    );
}
