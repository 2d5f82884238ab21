//! The agent in a container of its own, as its DaemonSet runs it: its mount namespace is not the node's.

use std::fs;
use std::path::Path;

use podfs_vcluster::mount::{Directories, KernelMounts};
use podfs_vcluster::{HostPod, Outcome, Settings, reconcile};
use rustix::mount::{MountPropagationFlags, mount_bind_recursive, mount_change};

use crate::namespace::{in_own_namespace, in_private_namespace};
use crate::node::{Node, mount_tmpfs, pod, unmount_at};

/// A container is started, makes a pass, and ends: `fromPath` comes to it with HostToContainer, `toPath` with Bidirectional.
fn pass_in_container(node: &Node, pods: &[HostPod]) -> Outcome {
    let mut outcome = None;
    in_own_namespace(|| {
        let bind = |from: &str, to: &str| {
            fs::create_dir_all(node.path(to)).unwrap();
            mount_bind_recursive(node.path(from), node.path(to)).unwrap();
            node.path(to)
        };
        let directories = Directories {
            to: bind("loft", "container/loft"),
            pods: bind("kubelet/pods", "container/pods"),
            logs: Some(bind("log/pods", "container/log")),
        };
        for receiver in [Some(&directories.pods), directories.logs.as_ref()].into_iter().flatten() {
            let receive = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
            mount_change(receiver, receive).unwrap();
        }
        let mut mounts = KernelMounts::open(&directories).unwrap();
        outcome = Some(reconcile(pods, &Settings::default(), &mut mounts).unwrap());
    });
    let outcome = outcome.unwrap();
    assert!(outcome.failed.is_empty() && outcome.obstructed.is_empty(), "{outcome:?}");
    assert_eq!(outcome.foreign, []);
    outcome
}

fn volume(node: &Node, name: &str) -> std::path::PathBuf {
    let volume = node.source(1).join("volumes").join(name);
    fs::create_dir(&volume).unwrap();
    mount_tmpfs(&volume, "");
    fs::write(volume.join("file"), name).unwrap();
    volume
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

#[test]
fn what_the_agent_mounts_in_its_container_is_seen_on_the_node_and_outlives_it() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        volume(&node, "early");
        assert_eq!(pass_in_container(&node, &[pod(1)]).present().count(), 1);
        // The container is gone now.
        let late = volume(&node, "late");
        for name in ["early", "late"] {
            let file = node.target_path(1).join("volumes").join(name).join("file");
            assert_eq!(read(&file).as_deref(), Some(name));
        }
        unmount_at(&late);
        assert_eq!(read(&node.target_path(1).join("volumes/late/file")), None);
    });
}

#[test]
fn agents_that_start_again_and_again_find_their_mounts_and_add_none() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        pass_in_container(&node, &[pod(1)]);
        let before = node.mounted_below();
        for _ in 0..3 {
            assert_eq!(pass_in_container(&node, &[pod(1)]).done, []);
        }
        assert_eq!(node.mounted_below(), before);
        assert_eq!(before.len(), 1);
    });
}

#[test]
fn another_container_takes_away_what_the_first_mounted_and_the_kubelet_keeps_its_volumes() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let early = volume(&node, "early");
        pass_in_container(&node, &[pod(1)]);
        let late = volume(&node, "late");
        pass_in_container(&node, &[]);
        assert_eq!(node.mounted_below(), Vec::<String>::new());
        assert!(!node.target_path(1).exists());
        assert_eq!(read(&early.join("file")).as_deref(), Some("early"));
        assert_eq!(read(&late.join("file")).as_deref(), Some("late"));
    });
}

#[test]
fn a_pod_that_the_kubelet_removed_is_reaped_from_another_container() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let early = volume(&node, "early");
        pass_in_container(&node, &[pod(1)]);
        unmount_at(&early);
        fs::remove_dir_all(node.source(1)).unwrap();
        pass_in_container(&node, &[]);
        assert_eq!(node.mounted_below(), Vec::<String>::new());
        assert!(!node.target_path(1).exists());
    });
}
