//! What tenants and other people put in the way.

use std::fs;
use std::os::unix::fs::symlink;

use podfs_vcluster::desired::Options;
use podfs_vcluster::layout::SourceRoot;
use podfs_vcluster::mount::{MountError, Mounts};
use podfs_vcluster::{HostPod, Source};
use rstest::rstest;
use rustix::mount::mount_bind_recursive;

use crate::namespace::in_private_namespace;
use crate::node::{Node, mount_tmpfs, pod, pod_of, uid, unmount_at};

fn source(host: u32) -> Source {
    Source::parse(SourceRoot::Pods, uid(host).as_bytes()).unwrap()
}

#[rstest]
fn a_link_planted_at_any_part_of_the_path_is_not_followed(
    #[values("blue", "blue/pods", "blue/pods/TARGET")] at: &str,
    #[values(false, true)] dangling: bool,
) {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        node.start(2);
        let outside = node.path("outside");
        fs::create_dir_all(outside.join("pods").join(uid(101))).unwrap();
        fs::create_dir_all(outside.join(uid(101))).unwrap();
        let link = node.path("loft").join(at.replace("TARGET", &uid(101)));
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(if dangling { node.path("nowhere") } else { outside.clone() }, &link).unwrap();

        let outcome = node.pass(&[pod(1), pod_of("team", "green", 2)]);
        let [(_, error)] = outcome.failed.as_slice() else { panic!("{outcome:?}") };
        assert!(matches!(error, MountError::InTheWay { .. }), "{error}");
        assert_eq!(node.mounted_below().len(), 1, "the other Pod's alone");
        let table = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
        assert!(!table.contains("/outside"), "{table}");
        assert!(!node.path("nowhere").exists());

        fs::remove_file(&link).unwrap();
        node.good_pass(&[pod(1), pod_of("team", "green", 2)]);
        assert_eq!(node.seen(1).as_deref(), Some("hosts of 1"));
    });
}

#[rstest]
fn a_link_that_takes_the_place_of_a_directory_in_the_middle_of_a_step_is_not_followed(
    #[values("blue", "blue/pods", "blue/pods/TARGET")] at: &str,
) {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let (mut mounts, target) = (node.mounts(), node.target(1));
        mounts.make_directory(&target).unwrap();
        // The link leads to a directory that has all that is below it, on the same disk.
        let link = node.path("loft").join(at.replace("TARGET", &uid(101)));
        fs::rename(&link, node.path("loft/Elsewhere")).unwrap();
        symlink(node.path("loft/Elsewhere"), &link).unwrap();
        let steps = [
            mounts.mount(&target, &source(1), Options::default()),
            mounts.make_directory(&target),
            mounts.unmount(&target, 1),
            mounts.remove_directory(&target),
        ];
        for step in steps {
            assert!(matches!(step, Err(MountError::InTheWay { .. })), "{step:?}");
        }
        assert_eq!(node.mounted_below(), Vec::<String>::new());
        assert!(node.target_path(1).exists(), "through the link");
    });
}

#[test]
fn a_source_that_is_a_link_is_not_mounted() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        fs::create_dir(node.path("kubelet/secret")).unwrap();
        symlink(node.path("kubelet/secret"), node.source(1)).unwrap();
        assert_eq!(node.good_pass(&[pod(1)]).waiting.len(), 1);
        let mut mounts = node.mounts();
        mounts.make_directory(&node.target(1)).unwrap();
        let error = mounts.mount(&node.target(1), &source(1), Options::default()).unwrap_err();
        assert!(matches!(error, MountError::SourceGone { .. }), "{error}");
    });
}

#[test]
fn a_target_that_is_already_a_mount_of_something_else_is_left_alone() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        fs::create_dir_all(node.target_path(1)).unwrap();
        mount_tmpfs(&node.target_path(1), "");
        fs::write(node.target_path(1).join("theirs"), "x").unwrap();
        let before = node.mounted_below();
        for pods in [[pod(1)].as_slice(), &[]] {
            let outcome = node.pass(pods);
            assert_eq!((outcome.obstructed.len(), outcome.done.len()), (1, 0));
        }
        let error = node.mounts().mount(&node.target(1), &source(1), Options::default()).unwrap_err();
        assert!(matches!(error, MountError::Occupied { .. }), "{error}");
        assert_eq!(node.mounted_below(), before);
        unmount_at(&node.target_path(1));
        assert_eq!(node.good_pass(&[pod(1)]).present().count(), 1);
    });
}

#[rstest]
fn a_mount_on_the_way_to_a_target_is_not_walked_into(#[values("blue", "blue/pods")] at: &str) {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        fs::create_dir_all(node.path("loft").join(at)).unwrap();
        mount_tmpfs(&node.path("loft").join(at), "");
        let outcome = node.pass(&[pod(1)]);
        let [(_, error)] = outcome.failed.as_slice() else { panic!("{outcome:?}") };
        assert!(matches!(error, MountError::Occupied { .. }), "{error}");
        assert_eq!(outcome.foreign.len(), 1);
        assert_eq!(node.mounted_below().len(), 1);
    });
}

#[test]
fn a_peer_of_the_source_is_foreign_because_unmounting_it_would_reach_the_kubelet() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let volume = node.start(1).join("volumes/x");
        fs::create_dir(&volume).unwrap();
        mount_tmpfs(&volume, "");
        fs::create_dir_all(node.target_path(1)).unwrap();
        // As the predecessor made its mounts.
        mount_bind_recursive(node.source(1), node.target_path(1)).unwrap();
        for pods in [[pod(1)].as_slice(), &[]] {
            let outcome = node.pass(pods);
            assert_eq!((outcome.obstructed.len(), outcome.done.len()), (1, 0));
        }
        assert_eq!(node.lines(&volume).len(), 1);
    });
}

#[test]
fn a_foreign_mount_on_top_of_ours_keeps_both() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        node.good_pass(&[pod(1)]);
        mount_tmpfs(&node.target_path(1), "");
        let before = node.mounted_below();
        assert_eq!(node.pass(&[]).obstructed.len(), 1);
        assert_eq!(node.mounted_below(), before);
        unmount_at(&node.target_path(1));
        node.good_pass(&[]);
        assert_eq!(node.mounted_below(), Vec::<String>::new());
    });
}

#[test]
fn annotations_that_lead_elsewhere_make_nothing_anywhere() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let outcome = node.pass(&[evil("../../kubelet"), evil("/etc"), evil(&"x".repeat(1 << 20))]);
        assert_eq!((outcome.refused.len(), outcome.done.len()), (3, 0));
        assert_eq!(fs::read_dir(node.path("loft")).unwrap().count(), 0);
    });
}

/// A Pod of a vcluster that writes no trusted annotations, with this UID.
fn evil(virtual_uid: &str) -> HostPod {
    let annotations = [
        ("vcluster.loft.sh/uid", virtual_uid),
        ("vcluster.loft.sh/name", "pod-1"),
        ("vcluster.loft.sh/namespace", "shop"),
    ];
    let reference = pod(1).reference;
    HostPod::new(reference, 0, annotations, [("vcluster.loft.sh/managed-by", "blue")])
}
