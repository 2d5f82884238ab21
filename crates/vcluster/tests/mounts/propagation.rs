//! Volumes that come and go while a Pod is mapped, and who sees them.

use std::fs;
use std::path::PathBuf;

use podfs_vcluster::desired::Options;
use podfs_vcluster::layout::SourceRoot;
use podfs_vcluster::mount::{KernelMounts, Mounts};
use podfs_vcluster::{Settings, Source};
use rustix::mount::{MountPropagationFlags, mount_bind, mount_bind_recursive, mount_change, mount_remount};

use crate::namespace::in_private_namespace;
use crate::node::{Node, mount_tmpfs, pod, uid, unmount_at};

/// The kubelet mounts a volume with a file in it.
fn mount_volume(node: &Node, name: &str) -> PathBuf {
    let volume = node.source(1).join("volumes").join(name);
    fs::create_dir(&volume).unwrap();
    mount_tmpfs(&volume, "");
    fs::write(volume.join("file"), name).unwrap();
    volume
}

#[test]
fn volumes_that_were_there_and_volumes_that_come_later_are_seen_until_the_kubelet_unmounts_them() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let early = mount_volume(&node, "early");
        node.good_pass(&[pod(1)]);
        let late = mount_volume(&node, "late");
        for name in ["early", "late"] {
            let file = node.target_path(1).join("volumes").join(name).join("file");
            assert_eq!(fs::read_to_string(file).unwrap(), name);
        }
        for volume in [&early, &late] {
            unmount_at(volume);
            fs::remove_dir(volume).unwrap();
        }
        assert_eq!(node.mounted_below().len(), 1, "{:?}", node.mounted_below());
        fs::remove_dir_all(node.source(1)).unwrap();
    });
}

#[test]
fn a_volume_that_comes_while_its_pod_is_being_mounted_is_not_lost() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let (mut mounts, target) = (node.mounts(), node.target(1));
        mounts.make_directory(&target).unwrap();
        let source = Source::parse(SourceRoot::Pods, uid(1).as_bytes()).unwrap();
        let prepared = mounts.prepare(&target, &source, Options::default()).unwrap();
        mount_volume(&node, "between");
        prepared.attach().unwrap();
        node.good_pass(&[pod(1)]);
        let file = node.target_path(1).join("volumes/between/file");
        assert_eq!(fs::read_to_string(file).unwrap(), "between");
        assert_eq!(node.good_pass(&[pod(1)]).done, []);
    });
}

#[test]
fn a_volume_that_cannot_be_copied_does_not_make_the_agent_restless() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let volume = mount_volume(&node, "unbindable");
        mount_change(&volume, MountPropagationFlags::UNBINDABLE).unwrap();
        node.good_pass(&[pod(1)]);
        assert_eq!(node.good_pass(&[pod(1)]).done, []);
    });
}

#[test]
fn a_volume_that_was_unmounted_in_the_mapping_alone_comes_back() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        mount_volume(&node, "early");
        node.good_pass(&[pod(1)]);
        unmount_at(&node.target_path(1).join("volumes/early"));
        node.good_pass(&[pod(1)]);
        assert!(node.target_path(1).join("volumes/early/file").exists());
    });
}

#[test]
fn taking_a_mapping_away_leaves_the_volumes_of_the_kubelet_mounted() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let early = mount_volume(&node, "early");
        node.good_pass(&[pod(1)]);
        let late = mount_volume(&node, "late");
        node.good_pass(&[]);
        assert_eq!(node.mounted_below(), Vec::<String>::new());
        assert_eq!(fs::read_to_string(early.join("file")).unwrap(), "early");
        assert_eq!(fs::read_to_string(late.join("file")).unwrap(), "late");
    });
}

#[test]
fn what_a_tenant_unmounts_stays_with_the_kubelet() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let volume = mount_volume(&node, "early");
        node.good_pass(&[pod(1)]);
        unmount_at(&node.target_path(1).join("volumes/early"));
        assert_eq!(fs::read_to_string(volume.join("file")).unwrap(), "early");
    });
}

#[test]
fn a_daemonset_of_the_vcluster_sees_what_is_mapped_after_it_started() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        fs::create_dir_all(node.path("loft/blue/pods")).unwrap();
        let view = node.path("view");
        fs::create_dir(&view).unwrap();
        mount_bind_recursive(node.path("loft/blue/pods"), &view).unwrap();
        mount_change(&view, MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC).unwrap();
        let seen = view.join(uid(101));

        node.start(1);
        node.good_pass(&[pod(1)]);
        assert_eq!(fs::read_to_string(seen.join("etc-hosts")).unwrap(), "hosts of 1");
        let volume = mount_volume(&node, "late");
        assert_eq!(fs::read_to_string(seen.join("volumes/late/file")).unwrap(), "late");
        unmount_at(&volume);
        assert!(!seen.join("volumes/late/file").exists());
        node.good_pass(&[]);
        assert!(!seen.exists());
    });
}

#[test]
fn an_agent_that_sees_the_kubelet_read_only_still_maps_for_writing() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        // As a container sees a hostPath with `readOnly` and HostToContainer.
        let view = node.path("view");
        fs::create_dir(&view).unwrap();
        mount_bind(node.path("kubelet/pods"), &view).unwrap();
        mount_change(&view, MountPropagationFlags::DOWNSTREAM).unwrap();
        let read_only = rustix::mount::MountFlags::BIND | rustix::mount::MountFlags::RDONLY;
        mount_remount(&view, read_only, c"").unwrap();
        let mut directories = node.directories();
        directories.pods = view;
        let mut mounts = KernelMounts::open(&directories).unwrap();
        let outcome = podfs_vcluster::reconcile(&[pod(1)], &Settings::default(), &mut mounts).unwrap();
        assert_eq!(outcome.present().count(), 1, "{:?}", outcome.failed);
        fs::write(node.target_path(1).join("written"), "x").unwrap();
        mount_volume(&node, "late");
        assert!(node.target_path(1).join("volumes/late/file").exists());
        let again = podfs_vcluster::reconcile(&[pod(1)], &Settings::default(), &mut mounts).unwrap();
        assert_eq!(again.done, []);
    });
}

#[test]
fn a_volume_that_comes_later_keeps_the_flags_that_the_kubelet_gave_it() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        node.pass_with(&[pod(1)], &Settings { read_only: true, ..Settings::default() });
        mount_volume(&node, "late");
        fs::write(node.target_path(1).join("volumes/late/file"), "x").unwrap();
    });
}
