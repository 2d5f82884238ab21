//! Things that go wrong in the middle.

use std::fs;

use podfs_vcluster::desired::Options;
use podfs_vcluster::layout::SourceRoot;
use podfs_vcluster::mount::{MountError, Mounts};
use podfs_vcluster::plan::Step;
use podfs_vcluster::{Settings, Source, reconcile};
use rustix::mount::{MountFlags, mount_remount};

use crate::kill::Mortal;
use crate::namespace::in_private_namespace;
use crate::node::{Node, mount_tmpfs, pod, uid};

fn source(host: u32) -> Source {
    Source::parse(SourceRoot::Pods, uid(host).as_bytes()).unwrap()
}

#[test]
fn killed_at_any_step_the_next_agent_makes_it_good() {
    let mut steps = 0;
    while !killed_after(steps) {
        steps += 1;
    }
    assert!(steps >= 8, "the history has too few steps to be worth it: {steps}");
}

/// An agent is killed after so many steps, and another one takes over; `true` when the first got through.
fn killed_after(steps: usize) -> bool {
    let mut got_through = false;
    in_private_namespace(|root| {
        let node = Node::new(root);
        for host in 1..=5 {
            node.start(host);
        }
        node.good_pass(&[pod(1), pod(2), pod(3)]);
        let kept = node.lines(&node.target_path(1));
        // Pod 2 ends, the directory of 3 is made anew, 4 and 5 come.
        fs::remove_dir_all(node.source(3)).unwrap();
        node.start(3);
        let pods = [pod(1), pod(3), pod(4), pod(5)];
        let mut mortal = Mortal::new(node.mounts(), steps);
        let outcome = reconcile(&pods, &Settings::default(), &mut mortal).unwrap();
        got_through = outcome.failed.is_empty();

        node.good_pass(&pods);
        for host in [1, 3, 4, 5] {
            assert_eq!(node.seen(host), Some(format!("hosts of {host}")), "after {steps} steps");
        }
        assert_eq!(node.mounted_below().len(), 4);
        assert!(!node.target_path(2).exists());
        assert_eq!(node.lines(&node.target_path(1)), kept, "a good mount was touched");
        assert_eq!(node.good_pass(&pods).done, []);
    });
    got_through
}

#[test]
fn a_mount_that_was_prepared_and_never_attached_leaves_nothing() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let (mut mounts, target, source) = (node.mounts(), node.target(1), source(1));
        mounts.make_directory(&target).unwrap();
        drop(mounts.prepare(&target, &source, Options::default()).unwrap());
        assert_eq!(node.mounted_below(), Vec::<String>::new());
    });
}

#[test]
fn a_source_that_goes_away_between_look_and_mount_is_not_mounted() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let (mut mounts, target, source) = (node.mounts(), node.target(1), source(1));
        mounts.make_directory(&target).unwrap();
        let prepared = mounts.prepare(&target, &source, Options::default()).unwrap();
        fs::remove_dir_all(node.source(1)).unwrap();
        let error = prepared.attach().unwrap_err();
        assert!(matches!(error, MountError::SourceGone { .. }), "{error}");
        assert_eq!(node.mounted_below(), Vec::<String>::new());
        let error = mounts.mount(&target, &source, Options::default()).unwrap_err();
        assert!(matches!(error, MountError::SourceGone { .. }), "{error}");
    });
}

#[test]
fn a_source_that_is_replaced_between_look_and_mount_is_not_mounted() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let (mut mounts, target, source) = (node.mounts(), node.target(1), source(1));
        mounts.make_directory(&target).unwrap();
        let prepared = mounts.prepare(&target, &source, Options::default()).unwrap();
        fs::rename(node.source(1), node.source(9)).unwrap();
        node.start(1);
        let error = prepared.attach().unwrap_err();
        assert!(matches!(error, MountError::SourceGone { .. }), "{error}");
        assert_eq!(node.mounted_below(), Vec::<String>::new());
    });
}

#[test]
fn another_agent_that_was_faster_leaves_one_mount_in_the_end() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        let (mut mounts, target, source) = (node.mounts(), node.target(1), source(1));
        mounts.make_directory(&target).unwrap();
        let prepared = mounts.prepare(&target, &source, Options::default()).unwrap();
        node.good_pass(&[pod(1)]);
        let first = node.lines(&node.target_path(1));
        prepared.attach().unwrap();
        let steps = node.good_pass(&[pod(1)]).done;
        assert!(matches!(steps.as_slice(), [Step::Unmount { .. }]), "{steps:?}");
        assert_eq!(node.lines(&node.target_path(1)), first);
    });
}

#[test]
fn a_mount_in_use_goes_away_and_its_user_keeps_what_is_open() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        node.good_pass(&[pod(1)]);
        let mut open = fs::File::open(node.target_path(1).join("etc-hosts")).unwrap();
        node.good_pass(&[]);
        assert!(!node.target_path(1).exists());
        let mut text = String::new();
        std::io::Read::read_to_string(&mut open, &mut text).unwrap();
        assert_eq!(text, "hosts of 1");
    });
}

#[test]
fn an_unmount_that_is_refused_is_told_and_tried_again_and_holds_up_no_other() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        for host in [1, 2, 3] {
            node.start(host);
        }
        node.good_pass(&[pod(1), pod(2)]);
        let mut mounts = Mortal::with_busy(node.mounts(), node.target(1));
        let outcome = reconcile(&[pod(3)], &Settings::default(), &mut mounts).unwrap();
        let [(Step::Unmount { target, .. }, _)] = outcome.failed.as_slice() else { panic!("{outcome:?}") };
        assert_eq!(target, &node.target(1));
        assert_eq!(node.mounted_below().len(), 2);
        assert!(node.target_path(1).exists() && !node.target_path(2).exists());
        node.good_pass(&[pod(3)]);
        assert_eq!(node.mounted_below().len(), 1);
    });
}

#[test]
fn a_mount_that_is_not_the_one_that_was_seen_stays() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        node.good_pass(&[pod(1)]);
        let line = node.lines(&node.target_path(1)).remove(0);
        let id: u64 = line.split(' ').next().unwrap().parse().unwrap();
        let mut mounts = node.mounts();
        assert!(matches!(mounts.unmount(&node.target(1), id + 1), Err(MountError::Changed { .. })));
        mount_tmpfs(&node.target_path(1), "");
        assert!(matches!(mounts.unmount(&node.target(1), id), Err(MountError::Changed { .. })));
        assert_eq!(node.mounted_below().len(), 2);
    });
}

#[test]
fn a_full_disk_is_told_and_made_good_when_there_is_room() {
    in_private_namespace(|root| {
        // Room for the root, `blue`, `pods` and two targets.
        let node = Node::with_disk(root, "nr_inodes=5");
        for host in [1, 2, 3] {
            node.start(host);
        }
        let pods = [pod(1), pod(2), pod(3)];
        let outcome = node.pass(&pods);
        let [(Step::MakeDirectory { .. }, error)] = outcome.failed.as_slice() else { panic!("{outcome:?}") };
        assert!(error.to_string().contains("No space left"), "{error}");
        assert_eq!(outcome.present().count(), 2);
        mount_remount(node.path("loft"), MountFlags::empty(), c"nr_inodes=50").unwrap();
        assert_eq!(node.good_pass(&pods).present().count(), 3);
    });
}

#[test]
fn only_one_agent_at_a_time_works_on_the_mounts() {
    in_private_namespace(|root| {
        use rustix::fs::{FlockOperation, flock};
        let node = Node::new(root);
        let other = fs::File::open(node.path("loft")).unwrap();
        let try_lock = || flock(&other, FlockOperation::NonBlockingLockExclusive);
        node.mounts().exclusively(|_| assert_eq!(try_lock(), Err(rustix::io::Errno::WOULDBLOCK))).unwrap();
        assert_eq!(try_lock(), Ok(()));
    });
}
