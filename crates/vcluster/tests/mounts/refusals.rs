//! What is refused at start, with what to do about it.

use std::fs;

use podfs_vcluster::Settings;
use podfs_vcluster::mount::{KernelMounts, MountError, ProbeError};
use podfs_vcluster::table::RootsError;
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_change, unmount};
use rustix::thread::CapabilitySet;

use crate::namespace::in_private_namespace;
use crate::node::{Node, pod};

#[test]
fn a_target_that_nobody_else_would_see_is_refused() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        mount_change(node.path("loft"), MountPropagationFlags::PRIVATE).unwrap();
        let error = KernelMounts::open(&node.directories()).unwrap_err();
        assert!(matches!(error, MountError::Roots(RootsError::NotShared { .. })), "{error}");
        assert!(error.to_string().contains("Bidirectional"), "{error}");
    });
}

#[test]
fn a_source_from_which_later_volumes_would_not_come_is_refused() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        mount_change(node.path("kubelet"), MountPropagationFlags::PRIVATE).unwrap();
        let error = KernelMounts::open(&node.directories()).unwrap_err();
        assert!(matches!(error, MountError::Roots(RootsError::Private { .. })), "{error}");
    });
}

#[test]
fn propagation_that_is_switched_off_later_stops_the_agent_from_doing_anything() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let mut mounts = node.mounts();
        mount_change(node.path("loft"), MountPropagationFlags::PRIVATE).unwrap();
        let error = podfs_vcluster::reconcile(&[pod(1)], &Settings::default(), &mut mounts).unwrap_err();
        assert!(matches!(error, MountError::Roots(_)), "{error}");
        assert_eq!(node.mounted_below(), Vec::<String>::new());
    });
}

#[test]
fn directories_that_lie_in_each_other_are_refused_by_any_spelling() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        fs::create_dir(node.path("kubelet/pods/loft")).unwrap();
        std::os::unix::fs::symlink(node.path("kubelet/pods"), node.path("alias")).unwrap();
        let mut directories = node.directories();
        directories.to = node.path("alias/../pods/loft");
        let error = KernelMounts::open(&directories).unwrap_err();
        assert!(matches!(error, MountError::Roots(RootsError::Overlap { .. })), "{error}");
    });
}

#[test]
fn a_process_that_may_not_mount_is_told_what_it_needs() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        // Of this thread alone, which ends with the test.
        let mut sets = rustix::thread::capabilities(None).unwrap();
        sets.effective.remove(CapabilitySet::SYS_ADMIN);
        rustix::thread::set_capabilities(None, sets).unwrap();
        let error = KernelMounts::open(&node.directories()).unwrap_err();
        assert!(matches!(error, MountError::Kernel(ProbeError::NotPermitted { .. })), "{error}");
        assert!(error.to_string().contains("CAP_SYS_ADMIN"), "{error}");
    });
}

#[test]
fn a_missing_directory_is_named() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let mut directories = node.directories();
        directories.pods = node.path("missing");
        let error = KernelMounts::open(&directories).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    });
}

#[test]
fn a_root_that_is_unmounted_under_the_agent_is_told() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let mut mounts = node.mounts();
        unmount(node.path("loft"), UnmountFlags::DETACH).unwrap();
        let error = podfs_vcluster::reconcile(&[pod(1)], &Settings::default(), &mut mounts).unwrap_err();
        assert!(matches!(error, MountError::RootGone { .. }), "{error}");
    });
}
