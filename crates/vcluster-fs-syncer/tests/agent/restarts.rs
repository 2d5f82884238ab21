//! Agents end, in every way, and others come. Mounts stay.

use std::fs;
use std::io::Read as _;

use crate::node::{Running, on_a_node, unmount_at};
use crate::program::{Agent, until};

#[test]
fn an_upgrade_interrupts_nobody() {
    on_a_node(|node| {
        let pod = node.start(1);
        let early = node.mount_volume(&pod, "early");
        let old = Agent::start_ready(node);
        let before = node.mounted();
        let mut open = fs::File::open(node.target(&pod).join("volumes/early/file")).unwrap();
        assert_eq!(old.terminate().code(), Some(0));
        assert_eq!(node.mounted(), before);
        // Nobody is there now, and volumes come and go all the same.
        let late = node.mount_volume(&pod, "late");
        let seen = node.target(&pod).join("volumes/late/file");
        assert_eq!(fs::read_to_string(&seen).unwrap(), "late");
        unmount_at(&late);
        let new = Agent::start_ready(node);
        assert_eq!(node.mounted(), before);
        assert_eq!((new.metric("mounts_made_total"), new.metric("mounts_reaped_total")), (0.0, 0.0));
        let mut text = String::new();
        open.read_to_string(&mut text).unwrap();
        assert_eq!(text, "early");
        assert!(early.join("file").exists());
    });
}

#[test]
fn what_ended_and_what_came_while_the_agent_was_dead_is_made_good() {
    on_a_node(|node| {
        let [stays, ends, is_forced] = [1, 2, 3].map(|number| node.start(number));
        let agent = Agent::start_ready(node);
        let kept = node.mounted().into_iter().find(|line| line.contains(&stays.virtual_uid)).unwrap();
        agent.kill();
        node.end(&ends);
        // An object that was deleted by force, while the kubelet still has the directory.
        node.cluster.delete_pod(&node.namespace, &is_forced.name);
        let new = node.start(4);
        let _agent = Agent::start_ready(node);
        assert!(node.sees(&stays) && node.sees(&new));
        assert!(!node.target(&ends).exists() && !node.target(&is_forced).exists());
        assert!(node.source(&is_forced).join("etc-hosts").exists());
        assert!(node.mounted().contains(&kept), "a good mount was touched");
        assert_eq!(node.mounted().len(), 2);
    });
}

#[test]
fn killed_again_and_again_while_pods_come_and_go_all_is_right_in_the_end() {
    on_a_node(|node| {
        let first = node.start(1);
        let mut running: Vec<Running> = vec![first.clone()];
        drop(Agent::start_ready(node));
        let kept = node.mounted();
        for round in 0..9 {
            let mut agent = Agent::start(node);
            running.push(node.start(10 + round));
            if round % 2 == 1 {
                node.end(&running.remove(1));
            }
            // Each dies at another place: while it starts, about its first pass, after it.
            match round % 3 {
                0 => {}
                1 => until("it has started", || agent.address().is_some()),
                _ => agent.until_ready(),
            }
            agent.kill();
        }
        let agent = Agent::start_ready(node);
        until("all are mounted", || running.iter().all(|pod| node.sees(pod)));
        assert_eq!(node.mounted().len(), running.len(), "{:?}", agent.log());
        assert_eq!(node.names_below("loft/blue/pods").len(), running.len());
        assert!(node.mounted().contains(&kept[0]), "a good mount was touched");
    });
}

#[test]
fn two_agents_at_once_make_one_mount_for_each_pod() {
    on_a_node(|node| {
        let (one, other) = (Agent::start_ready(node), Agent::start_ready(node));
        let pods: Vec<Running> = (1..=10).map(|number| node.start(number)).collect();
        until("both see all", || [&one, &other].iter().all(|agent| agent.metric("mounts_present") == 10.0));
        assert!(pods.iter().all(|pod| node.sees(pod)));
        assert_eq!(node.mounted().len(), pods.len());
        for pod in &pods {
            node.end(pod);
        }
        until("all are gone", || node.mounted().is_empty() && node.names_below("loft/blue/pods").is_empty());
    });
}
