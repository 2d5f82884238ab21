//! The everyday: Pods come and go, agents too.

use std::fs;

use podfs_vcluster::desired::Settings;
use podfs_vcluster::plan::Step;

use crate::namespace::in_private_namespace;
use crate::node::{Node, mount_tmpfs, pod, pod_of, uid};

#[test]
fn a_pod_is_where_its_vcluster_looks_for_it_until_it_ends() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        assert_eq!(node.good_pass(&[pod(1)]).present().count(), 1);
        assert_eq!(node.seen(1).as_deref(), Some("hosts of 1"));
        fs::write(node.target_path(1).join("written"), "through").unwrap();
        assert_eq!(fs::read_to_string(node.source(1).join("written")).unwrap(), "through");
        node.good_pass(&[]);
        assert_eq!(node.mounted_below(), Vec::<String>::new());
        assert!(!node.target_path(1).exists());
        assert_eq!(fs::read_to_string(node.source(1).join("written")).unwrap(), "through");
    });
}

#[test]
fn a_mount_outlives_the_agent_and_is_not_made_again() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        node.good_pass(&[pod(1)]);
        let before = node.lines(&node.target_path(1));
        assert_eq!(before.len(), 1);
        assert_eq!(node.good_pass(&[pod(1)]).done, []);
        assert_eq!(node.lines(&node.target_path(1)), before);
    });
}

#[test]
fn the_kubelet_can_remove_a_pod_that_is_mapped_and_the_leftover_is_reaped() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let folder = node.start(1);
        node.good_pass(&[pod(1)]);
        fs::remove_dir_all(&folder).unwrap();
        let lines = node.lines(&node.target_path(1));
        assert!(lines.first().is_some_and(|line| line.contains("//deleted ")), "{lines:?}");
        node.good_pass(&[]);
        assert_eq!(node.mounted_below(), Vec::<String>::new());
        assert!(!node.target_path(1).exists());
    });
}

#[test]
fn a_host_uid_that_is_used_again_shows_the_new_directory() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let folder = node.start(1);
        node.good_pass(&[pod(1)]);
        fs::remove_dir_all(&folder).unwrap();
        node.start(1);
        fs::write(folder.join("etc-hosts"), "anew").unwrap();
        node.good_pass(&[pod(1)]);
        assert_eq!(node.seen(1).as_deref(), Some("anew"));
        assert_eq!(node.lines(&node.target_path(1)).len(), 1);
    });
}

#[test]
fn a_directory_that_the_kubelet_has_not_made_yet_is_mounted_when_it_has() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        assert_eq!(node.good_pass(&[pod(1)]).waiting.len(), 1);
        node.start(1);
        assert_eq!(node.good_pass(&[pod(1)]).present().count(), 1);
    });
}

#[test]
fn directories_that_a_node_restart_left_are_removed_but_not_the_folder_that_is_mounted() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        fs::create_dir_all(node.target_path(1)).unwrap();
        fs::create_dir_all(node.path("loft/blue/kubelet/pods").join(uid(7))).unwrap();
        fs::create_dir_all(node.path("loft/blue/pods/not-ours")).unwrap();
        node.good_pass(&[]);
        assert!(!node.target_path(1).exists());
        assert!(!node.path("loft/blue/kubelet/pods").join(uid(7)).exists());
        assert!(node.path("loft/blue/pods/not-ours").exists());
        assert!(node.path("loft/blue/kubelet/pods").exists());
    });
}

#[test]
fn files_in_a_leftover_directory_are_never_removed() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        fs::create_dir_all(node.target_path(1)).unwrap();
        fs::write(node.target_path(1).join("precious"), "x").unwrap();
        let outcome = node.pass(&[]);
        assert_eq!(outcome.failed.len(), 1);
        assert!(node.target_path(1).join("precious").exists());
    });
}

#[test]
fn a_vcluster_sees_its_own_pods_and_logs_and_no_others() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let pods = [pod_of("team", "blue", 1), pod_of("rival", "green", 2), pod_of("rival", "blue", 3)];
        for (host, namespace) in [(1, "team"), (2, "rival"), (3, "rival")] {
            node.start(host);
            let log = node.path("log/pods").join(format!("{namespace}_pod-{host}_{}", uid(host)));
            fs::create_dir_all(&log).unwrap();
            fs::write(log.join("0.log"), format!("log of {host}")).unwrap();
        }
        let outcome = node.pass_with(&pods, &Settings { logs: true, ..Settings::default() });
        assert_eq!((outcome.failed.len(), outcome.refused.len()), (0, 1));
        let names = |folder: &str| -> Vec<String> {
            let entries = fs::read_dir(node.path(folder)).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        assert_eq!(names("loft/blue/pods"), [uid(101)]);
        assert_eq!(names("loft/green/pods"), [uid(102)]);
        assert_eq!(names("loft/blue/log/pods"), [format!("shop_pod-1_{}", uid(101))]);
        let log = node.path("loft/blue/log/pods").join(format!("shop_pod-1_{}", uid(101)));
        assert_eq!(fs::read_to_string(log.join("0.log")).unwrap(), "log of 1");
        assert!(fs::write(log.join("0.log"), "forged").is_err());
        // Logs that are no longer wanted go, and the Pods stay.
        let outcome = node.pass(&pods);
        assert!(outcome.done.iter().all(|step| !matches!(step, Step::Mount { .. })), "{:?}", outcome.done);
        assert!(!log.exists());
        assert_eq!(node.seen(1).as_deref(), Some("hosts of 1"));
    });
}

#[test]
fn nothing_can_be_written_through_a_read_only_mapping() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let volume = node.start(1).join("volumes/secret");
        fs::create_dir(&volume).unwrap();
        mount_tmpfs(&volume, "");
        let outcome = node.pass_with(&[pod(1)], &Settings { read_only: true, ..Settings::default() });
        assert_eq!(outcome.present().count(), 1);
        for file in ["etc-hosts", "volumes/secret/token"] {
            let error = fs::write(node.target_path(1).join(file), "x").unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EROFS), "{file}");
        }
        fs::write(volume.join("token"), "the kubelet still can").unwrap();
    });
}

#[test]
fn a_mapping_is_nosuid_and_nodev_with_all_that_is_on_it() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let volume = node.start(1).join("volumes/secret");
        fs::create_dir(&volume).unwrap();
        mount_tmpfs(&volume, "");
        node.good_pass(&[pod(1)]);
        for path in [node.target_path(1), node.target_path(1).join("volumes/secret")] {
            let lines = node.lines(&path);
            assert!(
                lines.len() == 1 && lines.iter().all(|line| line.contains(" rw,nosuid,nodev")),
                "{lines:?}"
            );
        }
    });
}

#[test]
fn a_mount_tells_since_when_it_is_there_also_to_another_agent() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        node.start(1);
        fs::create_dir_all(node.target_path(1)).unwrap();
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        for folder in [node.target_path(1), node.source(1)] {
            fs::File::open(folder).unwrap().set_modified(old).unwrap();
        }
        let before = std::time::SystemTime::now() - std::time::Duration::from_secs(1);
        node.good_pass(&[pod(1)]);
        let (mounts, target) = (node.mounts(), node.target(1));
        let since = mounts.since([&target]).unwrap()[&target];
        assert!(since >= before, "{since:?} is before {before:?}");
        // The Pod's own directory is not touched.
        assert_eq!(fs::metadata(node.target_path(1)).unwrap().modified().unwrap(), old);
    });
}
