//! Many Pods. It prints how long things took and how much memory; nothing hangs on those, since machines differ.
//! `cargo xtask bench-agent` runs it with a release build, and with many more Pods on other nodes.

use std::env;
use std::time::{Duration, Instant};

use crate::api::{Cluster, pod_of};
use crate::node::{Node, Running, on_a_node, on_a_node_of, uid};
use crate::program::{Agent, until};

const PODS: u32 = 250;
const LATER: u32 = 100;
/// The variable that says how many Pods other nodes have.
const OTHERS: &str = "PODFS_BENCH_OTHER_PODS";
/// How long nothing changes.
const QUIET: Duration = Duration::from_secs(10);

#[test]
fn a_node_with_250_pods_is_served() {
    match env::var(OTHERS).ok().and_then(|number| number.parse().ok()) {
        None => on_a_node(measure),
        // The server counts all requests, so it must be nobody else's.
        Some(others) => on_a_node_of(&Cluster::start(), |node| {
            let pod = |number| {
                pod_of("another-node", &node.namespace, "blue", &format!("other-{number}"), &uid(number))
            };
            node.cluster.create_pods((0..others).map(|number| pod(1_000_000 + number)));
            println!("{others} Pods are on another node");
            measure(node);
        }),
    }
}

fn measure(node: &Node<'_>) {
    let pods: Vec<Running> = (1..=PODS).map(|number| node.start(number)).collect();
    let begin = Instant::now();
    let agent = Agent::start_ready(node);
    let all = begin.elapsed();
    assert!(pods.iter().all(|pod| node.sees(pod)));
    assert_eq!(agent.metric("mounts_present"), f64::from(PODS));
    println!("start to all of {PODS} Pods mounted: {all:.3?}, the pass {:.3} s", pass_seconds(&agent));

    let before = cpu_ticks(agent.pid());
    for number in 1..=LATER {
        let pod = node.start(PODS + number);
        until("a later one is mounted", || node.sees(&pod));
    }
    until("they are counted", || agent.metric("pod_mount_duration_seconds_count") == f64::from(LATER));
    let mean = agent.metric("pod_mount_duration_seconds_sum") / f64::from(LATER);
    println!("{LATER} later Pods, one after the other: {:.1} ms on average from event to mount", mean * 1e3);
    println!("of them within so many seconds: {}", buckets(&agent));
    println!("{} clock ticks of CPU for them", cpu_ticks(agent.pid()) - before);

    let (ticks, requests) = (cpu_ticks(agent.pid()), requests(node.cluster));
    std::thread::sleep(QUIET);
    let (ticks, requests) = (cpu_ticks(agent.pid()) - ticks, self::requests(node.cluster) - requests);
    println!("memory {} KiB", memory(agent.pid()));
    println!(
        "{QUIET:?} with nothing to do: {ticks} clock ticks of CPU, {requests} requests for Pods ended at the server"
    );
}

fn pass_seconds(agent: &Agent) -> f64 {
    agent.metric("pass_duration_seconds_sum") / agent.metric("pass_duration_seconds_count")
}

fn buckets(agent: &Agent) -> String {
    let text = agent.get("/metrics").1;
    let lines = text.lines().filter_map(|line| {
        let (limit, count) =
            line.split_once("pod_mount_duration_seconds_bucket{le=\"")?.1.split_once("\"} ")?;
        Some(format!("{limit}: {count}"))
    });
    lines.collect::<Vec<_>>().join(", ")
}

/// Requests about Pods that the server has answered to their end; a watch that goes on is not among them.
fn requests(cluster: &Cluster) -> u64 {
    let text = cluster.metrics();
    let lines = text
        .lines()
        .filter(|line| line.starts_with("apiserver_request_total{") && line.contains("resource=\"pods\""));
    lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
}

/// Resident memory, in KiB.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Time on a processor, as `proc_pid_stat(5)` counts it.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}
