//! Tenants that want more than is theirs. They write annotations, and daemonsets of theirs may write below `<vcluster>`.

use std::fs;
use std::os::unix::fs::symlink;

use rstest::rstest;
use serde_json::{Value, json};

use crate::api::pod_of;
use crate::node::{Node, mount_tmpfs, on_a_node, uid};
use crate::program::{Agent, command, until};

/// A Pod with other annotations than vcluster's; its host UID.
fn forged(node: &Node<'_>, name: &str, annotations: &Value) -> String {
    let mut pod = pod_of(&node.name, &node.namespace, "blue", name, &uid(1));
    for (key, value) in annotations.as_object().unwrap() {
        pod["metadata"]["annotations"][key] = value.clone();
    }
    let host_uid = node.cluster.create_pod(&pod);
    fs::create_dir(node.path("kubelet/pods").join(&host_uid)).unwrap();
    host_uid
}

/// Waits for the one Event about a Pod.
fn refusal(node: &Node<'_>, host_uid: &str) -> String {
    until("it is told", || !node.cluster.events_of(&node.namespace, host_uid).is_empty());
    let events = node.cluster.events_of(&node.namespace, host_uid);
    let [(reason, note)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(reason, "MappingRefused");
    note.clone()
}

#[test]
fn a_forged_annotation_is_refused_with_an_event() {
    on_a_node(|node| {
        let victim = node.start(2);
        let host_uid = forged(node, "forger", &json!({"vcluster.loft.sh/uid": victim.virtual_uid}));
        let agent = Agent::start_ready(node);
        let note = refusal(node, &host_uid);
        assert!(note.contains("which only vcluster writes"), "{note}");
        assert!(node.sees(&victim));
        assert_eq!(node.names_below("loft/blue/pods"), [victim.virtual_uid]);
        assert_eq!(agent.metric("pods_refused"), 1.0);
    });
}

#[rstest]
#[case::uid_up(json!({"vcluster.loft.sh/uid": "../../../etc", "vcluster.loft.sh/object-uid": "../../../etc"}))]
#[case::uid_absolute(json!({"vcluster.loft.sh/uid": "/etc", "vcluster.loft.sh/object-uid": "/etc"}))]
#[case::name(json!({"vcluster.loft.sh/name": "../x", "vcluster.loft.sh/object-name": "../x"}))]
#[case::namespace(json!({"vcluster.loft.sh/namespace": "a/b", "vcluster.loft.sh/object-namespace": "a/b"}))]
#[case::vcluster_up(json!({"vcluster.loft.sh/managed-by": ".."}))]
#[case::no_dns_label(json!({"vcluster.loft.sh/managed-by": "Blue_1"}))]
#[case::large(json!({"vcluster.loft.sh/uid": "../".repeat(80_000), "vcluster.loft.sh/object-uid": ""}))]
fn a_path_in_an_annotation_leads_nowhere_and_is_told_in_few_words(#[case] annotations: Value) {
    on_a_node(|node| {
        let agent = Agent::start_ready(node);
        let host_uid = forged(node, "trickster", &annotations);
        let note = refusal(node, &host_uid);
        assert!(note.len() < 400, "{note}");
        assert_eq!(node.mounted(), Vec::<String>::new());
        assert_eq!(node.names_below("loft"), Vec::<String>::new());
        let honest = node.start(2);
        until("others are served", || node.sees(&honest));
        assert!(agent.log().iter().all(|line| line.to_string().len() < 2_000));
    });
}

#[test]
fn of_two_claims_the_older_keeps_the_target_and_the_newer_is_told() {
    on_a_node(|node| {
        let old = node.start(1);
        let agent = Agent::start_ready(node);
        // Another second, as the API server tells the age of Pods.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        let new = forged(node, "newer", &json!({}));
        let note = refusal(node, &new);
        assert!(note.contains(&old.name), "{note}");
        assert!(node.sees(&old));
        assert_eq!(agent.metric("mounts_present"), 1.0);
        node.end(&old);
        let target = node.target(&old);
        fs::write(node.path("kubelet/pods").join(&new).join("mark"), "").unwrap();
        until("the newer has it now", || target.join("mark").exists());
    });
}

#[test]
fn of_two_vclusters_of_one_name_the_second_is_refused_and_not_told_of_the_first() {
    on_a_node(|node| {
        let ours = node.start(1);
        let _agent = Agent::start_ready(node);
        let rival_namespace = format!("rival-{}", node.name);
        node.cluster.namespace(&rival_namespace);
        let rival = pod_of(&node.name, &rival_namespace, "blue", "rival", &uid(9));
        let host_uid = node.cluster.create_pod(&rival);
        fs::create_dir(node.path("kubelet/pods").join(&host_uid)).unwrap();
        until("it is told", || !node.cluster.events_of(&rival_namespace, &host_uid).is_empty());
        let (_, note) = &node.cluster.events_of(&rival_namespace, &host_uid)[0];
        assert!(note.contains("blue") && !note.contains(&node.namespace), "{note}");
        assert_eq!(node.names_below("loft/blue/pods"), [ours.virtual_uid]);
    });
}

#[test]
fn only_vclusters_that_are_allowed_have_mappings() {
    on_a_node(|node| {
        let mut other = pod_of(&node.name, &node.namespace, "green", "other", &uid(9));
        other["metadata"]["name"] = json!("other");
        let host_uid = node.cluster.create_pod(&other);
        fs::create_dir(node.path("kubelet/pods").join(&host_uid)).unwrap();
        let ours = node.start(1);
        let allowed = format!("{}/blue,elsewhere/green", node.namespace);
        let mut agent = Agent::start_with(command(node).env("ALLOW_VCLUSTERS", allowed));
        agent.until_ready();
        assert!(refusal(node, &host_uid).contains("not among those that may have mappings"));
        assert!(node.sees(&ours));
        assert_eq!(node.names_below("loft"), ["blue"]);
    });
}

#[test]
fn the_same_trouble_is_told_once_however_often_the_pod_changes() {
    on_a_node(|node| {
        let agent = Agent::start_ready(node);
        let host_uid =
            forged(node, "noisy", &json!({"vcluster.loft.sh/uid": "x", "vcluster.loft.sh/object-uid": "x"}));
        refusal(node, &host_uid);
        for number in 0..20 {
            // Each is a change that counts.
            let change = json!({"metadata": {"annotations": {"vcluster.loft.sh/name": format!("n-{number}"), "vcluster.loft.sh/object-name": null}}});
            node.cluster.patch_pod(&node.namespace, "noisy-x-shop-x-blue", &change);
        }
        agent.kill();
        let agent = Agent::start_ready(node);
        let pod = node.start(2);
        until("all was looked at", || node.sees(&pod));
        assert_eq!(node.cluster.events_of(&node.namespace, &host_uid).len(), 1);
        drop(agent);
    });
}

#[test]
fn a_link_in_place_of_a_folder_is_not_followed_and_the_pod_is_told() {
    on_a_node(|node| {
        fs::create_dir_all(node.path("elsewhere")).unwrap();
        fs::create_dir_all(node.path("loft/blue")).unwrap();
        symlink(node.path("elsewhere"), node.path("loft/blue/pods")).unwrap();
        let pod = node.start(1);
        let agent = Agent::start_ready(node);
        until("it is told", || !node.cluster.events_of(&node.namespace, &pod.host_uid).is_empty());
        let (reason, note) = &node.cluster.events_of(&node.namespace, &pod.host_uid)[0];
        assert!(reason == "MappingFailed" && note.contains("symbolic link"), "{reason}: {note}");
        assert_eq!(node.names_below("elsewhere"), Vec::<String>::new());
        assert_eq!(agent.metric("mounts_failed"), 1.0);
        // What failed is tried again soon, without a change of the Pod.
        fs::remove_file(node.path("loft/blue/pods")).unwrap();
        until("it is mounted", || node.sees(&pod));
    });
}

#[test]
fn what_others_mounted_at_a_target_is_left_alone_and_told() {
    on_a_node(|node| {
        let pod = node.create(1);
        fs::create_dir_all(node.target(&pod)).unwrap();
        mount_tmpfs(&node.target(&pod));
        fs::write(node.target(&pod).join("theirs"), "").unwrap();
        node.make_directory(&pod);
        let agent = Agent::start_ready(node);
        until("it is told", || !node.cluster.events_of(&node.namespace, &pod.host_uid).is_empty());
        assert_eq!(node.cluster.events_of(&node.namespace, &pod.host_uid)[0].0, "MappingObstructed");
        assert!(node.target(&pod).join("theirs").exists());
        assert_eq!(agent.metric("mounts_failed"), 1.0);
    });
}
