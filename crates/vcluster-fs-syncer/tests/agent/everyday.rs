//! Pods come and go.

use std::fs;

use serde_json::json;

use crate::api::pod_of;
use crate::node::{Running, on_a_node, uid, unmount_at};
use crate::program::{Agent, command, until};

#[test]
fn a_pod_is_mounted_when_it_comes_and_taken_away_when_it_ends() {
    on_a_node(|node| {
        let agent = Agent::start_ready(node);
        let pod = node.start(1);
        until("it is mounted", || node.sees(&pod));
        node.end(&pod);
        until("it is gone", || !node.target(&pod).exists() && node.mounted().is_empty());
        assert!(node.path("loft/blue/pods").exists());
        let mounted = &agent.said("mounted")[0];
        assert_eq!(mounted["vcluster"], "blue");
        assert_eq!(mounted["path"], node.target(&pod).to_str().unwrap());
        assert!(mounted["pod"].as_str().unwrap().contains(&pod.host_uid), "{mounted}");
        assert!(agent.said("unmounted")[0]["pod"].as_str().unwrap().contains(&pod.name));
    });
}

#[test]
fn pods_that_are_there_when_the_agent_comes_are_mounted() {
    on_a_node(|node| {
        let pods: Vec<Running> = (1..=5).map(|number| node.start(number)).collect();
        let agent = Agent::start_ready(node);
        assert!(pods.iter().all(|pod| node.sees(pod)), "{:?}", agent.log());
    });
}

#[test]
fn a_directory_that_the_kubelet_makes_later_is_mounted_without_waiting_for_the_tick() {
    on_a_node(|node| {
        let agent = Agent::start_ready(node);
        let pod = node.create(1);
        until("it waits", || agent.metric("mounts_waiting") == 1.0);
        node.make_directory(&pod);
        until("it is mounted", || node.sees(&pod));
        until("it is counted", || agent.metric("mounts_present") == 1.0);
    });
}

#[test]
fn volumes_come_and_go_through_the_mount() {
    on_a_node(|node| {
        let pod = node.start(1);
        node.mount_volume(&pod, "early");
        let _agent = Agent::start_ready(node);
        let late = node.mount_volume(&pod, "late");
        for name in ["early", "late"] {
            let file = node.target(&pod).join("volumes").join(name).join("file");
            assert_eq!(fs::read_to_string(file).unwrap(), name);
        }
        unmount_at(&late);
        assert!(!node.target(&pod).join("volumes/late/file").exists());
    });
}

#[test]
fn pods_of_other_nodes_and_of_the_host_alone_are_not_mounted() {
    on_a_node(|node| {
        let mut elsewhere = pod_of("another-node", &node.namespace, "blue", "elsewhere", &uid(7));
        elsewhere["metadata"]["name"] = json!("elsewhere");
        let mut host = pod_of(&node.name, &node.namespace, "blue", "host", &uid(8));
        host["metadata"]["annotations"] = json!({});
        for pod in [elsewhere, host] {
            fs::create_dir(node.path("kubelet/pods").join(node.cluster.create_pod(&pod))).unwrap();
        }
        let agent = Agent::start_ready(node);
        let ours = node.start(1);
        until("ours is mounted", || node.sees(&ours));
        assert_eq!(node.names_below("loft/blue/pods"), [ours.virtual_uid]);
        assert_eq!(agent.metric("pods_refused"), 0.0);
    });
}

#[test]
fn a_pod_that_becomes_one_of_a_vcluster_is_mounted_and_one_that_no_longer_is_goes() {
    on_a_node(|node| {
        let _agent = Agent::start_ready(node);
        let pod = node.start(1);
        until("it is mounted", || node.sees(&pod));
        let label = |value| json!({"metadata": {"labels": {"vcluster.loft.sh/managed-by": value}}});
        node.cluster.patch_pod(&node.namespace, &pod.name, &label(json!(null)));
        until("it is gone", || !node.target(&pod).exists());
        node.cluster.patch_pod(&node.namespace, &pod.name, &label(json!("blue")));
        until("it is back", || node.sees(&pod));
    });
}

#[test]
fn a_pod_whose_end_is_held_up_loses_its_mount_after_a_while() {
    on_a_node(|node| {
        let _agent = Agent::start_with(command(node).env("LINGER_SECONDS", "1"));
        let [ends, stays] = [1, 2].map(|number| node.start(number));
        until("both are mounted", || node.sees(&ends) && node.sees(&stays));
        // No kubelet is here to let go of the object.
        node.cluster.delete_pod_in_time(&node.namespace, &ends.name);
        until("it is gone", || !node.target(&ends).exists());
        assert!(node.source(&ends).join("etc-hosts").exists());
        assert!(node.sees(&stays));
    });
}

#[test]
fn logs_are_mapped_with_links_when_asked_for_and_go_with_the_pod() {
    on_a_node(|node| {
        let agent = Agent::start_with(command(node).env("MAP_LOGS", "true"));
        let pod = node.start(1);
        let log = node.path("log/pods").join(format!("{}_{}_{}", node.namespace, pod.name, pod.host_uid));
        until("the Pod is mounted", || node.sees(&pod));
        fs::create_dir_all(log.join("app")).unwrap();
        fs::write(log.join("app/0.log"), "a line").unwrap();
        let id = "containerd://00aa";
        let status = json!({"name": "app", "image": "x", "imageID": "", "ready": true, "restartCount": 0, "containerID": id});
        node.cluster.patch_pod(
            &node.namespace,
            &pod.name,
            &json!({"status": {"containerStatuses": [status]}}),
        );
        let seen = format!("loft/blue/log/pods/shop_pod-1_{}/app/0.log", pod.virtual_uid);
        until("the log is seen", || fs::read_to_string(node.path(&seen)).is_ok_and(|text| text == "a line"));
        let link = node.path("loft/blue/log/containers/pod-1_shop_app-00aa.log");
        until("the link is there", || fs::read_link(&link).is_ok());
        let leads_to = fs::read_link(&link).unwrap();
        let below = leads_to.strip_prefix("/var/log/pods").unwrap();
        assert!(node.path("loft/blue/log/pods").join(below).exists());
        node.end(&pod);
        until("all is gone", || node.mounted().is_empty() && fs::read_link(&link).is_err());
        assert_eq!(agent.metric("mounts_wanted"), 0.0);
    });
}
