//! The whole node goes down and comes back: every process of a Pod is gone and so is every mount; what is on the disk stays.

use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::mount::{UnmountFlags, unmount};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::cluster::{daemon_of, on_the_node, until, vcluster_pod};

const STAYS: &str = "00000001-0000-4000-8000-00000000000b";
const GOES: &str = "00000002-0000-4000-8000-00000000000b";

#[test]
fn after_a_restart_of_the_node_pods_are_mounted_again_and_what_ended_meanwhile_is_gone() {
    on_the_node(
        "restart::after_a_restart_of_the_node_pods_are_mounted_again_and_what_ended_meanwhile_is_gone",
        |cluster| {
            cluster.namespace("down");
            cluster.apply(&daemon_of("down", "restart", "daemon"));
            let volumes = json!([{"name": "disk", "emptyDir": {}}]);
            for (name, uid) in [("stays", STAYS), ("goes", GOES)] {
                cluster.apply(&vcluster_pod("down", "restart", name, uid, &volumes));
                cluster.wait_ready("down", name);
                cluster.exec("down", name, &["sh", "-c", "echo kept > /volumes/disk/file"]).unwrap();
            }
            cluster.wait_ready("down", "daemon");
            let sees = |uid: &str| {
                let file = format!("/host_pods/{uid}/volumes/kubernetes.io~empty-dir/disk/file");
                cluster.exec("down", "daemon", &["cat", &file]).as_deref() == Some("kept\n")
            };
            until("both are seen", || sees(STAYS) && sees(GOES));

            let kubelet = Kubelet::kill();
            end_containers();
            forget_mounts();
            cluster.kubectl(&["delete", "pod", "--namespace=down", "goes", "--force", "--grace-period=0"]);
            kubelet.start_again();

            until("what stayed is seen again", || sees(STAYS));
            until("what ended is gone", || !Path::new("/var/lib/loft/restart/pods").join(GOES).exists());
            for pod in ["daemon", "stays"] {
                cluster.delete("down", pod);
            }
            until("nothing is left", || !Path::new("/var/lib/loft/restart/pods").join(STAYS).exists());
        },
    );
}

/// How the kubelet was started.
struct Kubelet {
    words: Vec<String>,
    log: std::path::PathBuf,
}

impl Kubelet {
    fn kill() -> Self {
        let (pid, words) = processes()
            .find(|(_, words)| words.first().is_some_and(|program| program.ends_with("/kubelet")))
            .expect("a kubelet runs here");
        let log = fs::read_link(format!("/proc/{}/fd/1", pid.as_raw_nonzero())).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
        until("the kubelet is gone", || !processes().any(|(other, _)| other == pid));
        Self { words, log }
    }

    /// It outlives this test: others use the node too.
    #[allow(clippy::zombie_processes, reason = "it ends with the node")]
    fn start_again(self) {
        let log = OpenOptions::new().append(true).open(&self.log).unwrap();
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    }
}

/// Kills whatever runs in a Pod.
fn end_containers() {
    let in_pods = || {
        processes().map(|(pid, _)| pid).filter(|pid| {
            let groups = fs::read_to_string(format!("/proc/{}/cgroup", pid.as_raw_nonzero()));
            groups.is_ok_and(|groups| groups.contains("kubepods"))
        })
    };
    for pid in in_pods() {
        // It may have ended with another that was killed.
        let _ = kill_process(pid, Signal::KILL);
    }
    until("no container runs", || in_pods().next().is_none());
}

/// Takes away what is mounted below the directories of Pods, the last first.
fn forget_mounts() {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let points = table.lines().filter_map(|line| line.split(' ').nth(4));
    let ours: Vec<&str> = points
        .filter(|point| point.starts_with("/var/lib/kubelet/pods/") || point.starts_with("/var/lib/loft/"))
        .collect();
    for point in ours.iter().rev() {
        // Propagation may have taken it away with its twin.
        let _ = unmount(*point, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW);
    }
    let left = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!left.contains(" /var/lib/loft/"), "{left}");
}

/// Every process of the node that has not ended, with its words.
fn processes() -> impl Iterator<Item = (Pid, Vec<String>)> {
    fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
        let mut line = String::new();
        fs::File::open(entry.path().join("cmdline")).ok()?.read_to_string(&mut line).ok()?;
        let words: Vec<String> = line.trim_end_matches('\0').split('\0').map(str::to_owned).collect();
        // One that has ended and was not waited for has no words.
        (!words.concat().is_empty()).then_some((pid, words))
    })
}
