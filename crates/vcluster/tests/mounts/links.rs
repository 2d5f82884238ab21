//! Links to logs, where log shippers look for them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

use podfs_vcluster::Settings;
use podfs_vcluster::desired::LogLink;
use podfs_vcluster::links::{LinkOutcome, reconcile_links};
use podfs_vcluster::mount::MountError;
use podfs_vcluster::pods::{ContainerLog, HostPod};

use crate::namespace::in_private_namespace;
use crate::node::{Node, pod, uid};

const LINKS: &str = "loft/blue/log/containers";

fn with_log(host: u32, restarts: u32) -> HostPod {
    let id = format!("containerd://{host:064x}");
    pod(host).with_containers(vec![ContainerLog { name: "app".to_owned(), id, restarts }])
}

fn wanted(node: &Node, pods: &[HostPod]) -> BTreeSet<LogLink> {
    node.pass_with(pods, &Settings { logs: true, ..Settings::default() }).links
}

fn link(node: &Node, pods: &[HostPod]) -> LinkOutcome {
    reconcile_links(&wanted(node, pods), &mut node.mounts()).unwrap()
}

fn good_link(node: &Node, pods: &[HostPod]) -> usize {
    let outcome = link(node, pods);
    assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
    outcome.done.len()
}

/// Names and where they lead.
fn seen(node: &Node) -> Vec<(String, String)> {
    let entries = fs::read_dir(node.path(LINKS)).unwrap().map(Result::unwrap);
    let links = entries.map(|entry| {
        let to = fs::read_link(entry.path()).unwrap();
        (entry.file_name().into_string().unwrap(), to.to_str().unwrap().to_owned())
    });
    links.collect()
}

#[test]
fn a_log_has_a_link_with_virtual_names_until_its_pod_ends() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        assert_eq!(good_link(&node, &[with_log(1, 0)]), 1);
        let name = format!("pod-1_shop_app-{:064x}.log", 1);
        let to = |restarts| format!("/var/log/pods/shop_pod-1_{}/app/{restarts}.log", uid(101));
        assert_eq!(seen(&node), [(name.clone(), to(0))]);
        assert_eq!(good_link(&node, &[with_log(1, 0)]), 0);
        // Another try of the kubelet with the same container.
        assert_eq!(good_link(&node, &[with_log(1, 1)]), 2);
        assert_eq!(seen(&node), [(name, to(1))]);
        good_link(&node, &[]);
        assert_eq!(seen(&node), []);
    });
}

#[test]
fn what_a_tenant_puts_beside_the_links_is_left_alone_and_leads_nowhere() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let folder = node.path(LINKS);
        fs::create_dir_all(&folder).unwrap();
        symlink("/etc/shadow", folder.join("theirs.log")).unwrap();
        fs::write(folder.join("file.log"), "x").unwrap();
        fs::write(folder.join(format!("pod-1_shop_app-{:064x}.log", 1)), "in the way").unwrap();
        let outcome = link(&node, &[with_log(1, 0), with_log(2, 0)]);
        assert!(matches!(outcome.failed.as_slice(), [(_, MountError::InTheWay { .. })]), "{outcome:?}");
        assert_eq!(outcome.done.len(), 1);
        good_link(&node, &[]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    });
}

#[test]
fn a_folder_of_links_that_is_itself_a_link_is_not_followed() {
    in_private_namespace(|root| {
        let node = Node::new(root);
        let elsewhere = node.path("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        symlink("/var/log/pods/x/app/0.log", elsewhere.join("kept.log")).unwrap();
        fs::create_dir_all(node.path("loft/blue/log")).unwrap();
        symlink(&elsewhere, node.path(LINKS)).unwrap();
        let outcome = link(&node, &[with_log(1, 0)]);
        assert!(matches!(outcome.failed.as_slice(), [(_, MountError::InTheWay { .. })]), "{outcome:?}");
        good_link(&node, &[]);
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
    });
}
