//! The API server is away, or tells of another node.

use crate::api::Cluster;
use crate::node::{on_a_node, on_a_node_of};
use crate::program::{Agent, command, until};

#[test]
fn while_the_api_server_is_away_all_mounts_stay_and_afterwards_all_goes_on() {
    let cluster = Cluster::start();
    on_a_node_of(&cluster, |node| {
        let [stays, ends] = [1, 2].map(|number| node.start(number));
        let agent = Agent::start_ready(node);
        let before = node.mounted();
        cluster.kill();
        until("it is noticed", || agent.metric("watch_errors_total") >= 1.0);
        assert_eq!(node.mounted(), before);
        assert_eq!((agent.get("/readyz").0, agent.get("/healthz").0), (200, 200));
        // One that starts now does not know the Pods, and touches nothing.
        let blind = Agent::start(node);
        assert_eq!(blind.get("/readyz").0, 503);
        until("it has asked", || blind.metric("watch_errors_total") >= 1.0);
        assert_eq!(node.mounted(), before);
        blind.kill();
        cluster.restart();
        node.end(&ends);
        let comes = node.start(3);
        until("all is as it should be", || node.sees(&comes) && !node.target(&ends).exists());
        assert!(node.sees(&stays));
        assert_eq!(node.mounted().len(), 2);
    });
}

#[test]
fn a_node_on_which_the_agent_itself_is_not_is_not_its_node() {
    on_a_node(|node| {
        let pod = node.start(1);
        drop(Agent::start_ready(node));
        assert!(node.sees(&pod));
        let mut wrong = command(node);
        wrong
            .env("MY_NODE_NAME", "another-node")
            .env("MY_NAMESPACE", "kube-system")
            .env("MY_POD_NAME", "agent-1");
        let agent = Agent::start_with(&mut wrong);
        until("it says what is wrong", || agent.get("/readyz").1.contains("check MY_NODE_NAME"));
        assert_eq!((agent.get("/readyz").0, agent.get("/healthz").0), (503, 200));
        assert!(node.sees(&pod));
    });
}
