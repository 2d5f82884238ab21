//! Many Pods. It prints how long things took and how much memory; nothing hangs on those, since machines differ.

use std::time::{Duration, Instant};

use crate::node::{Running, on_a_node};
use crate::program::{Agent, until};

const PODS: u32 = 250;
const LATER: u32 = 50;

#[test]
fn a_node_with_250_pods_is_served() {
    on_a_node(|node| {
        let pods: Vec<Running> = (1..=PODS).map(|number| node.start(number)).collect();
        let begin = Instant::now();
        let agent = Agent::start_ready(node);
        let all = begin.elapsed();
        assert!(pods.iter().all(|pod| node.sees(pod)));
        assert_eq!(agent.metric("mounts_present"), f64::from(PODS));
        let first_pass = agent.metric("pass_duration_seconds_sum");

        let before = cpu_ticks(agent.pid());
        let later: Vec<Running> = (1..=LATER).map(|number| node.start(PODS + number)).collect();
        until("all later ones are mounted", || later.iter().all(|pod| node.sees(pod)));
        until("they are counted", || agent.metric("pod_mount_duration_seconds_count") == f64::from(LATER));
        let mean = agent.metric("pod_mount_duration_seconds_sum") / f64::from(LATER);
        let passes = agent.metric("pass_duration_seconds_count") - 1.0;
        let pass = (agent.metric("pass_duration_seconds_sum") - first_pass) / passes;
        let buckets = agent.get("/metrics").1;
        let buckets: Vec<&str> =
            buckets.lines().filter(|line| line.contains("pod_mount_duration_seconds_bucket")).collect();

        let (busy, idle_for) = (cpu_ticks(agent.pid()), Duration::from_secs(5));
        std::thread::sleep(idle_for);
        let idle = cpu_ticks(agent.pid()) - busy;
        println!("start to ready with {PODS} Pods: {all:?}, its pass {first_pass:.3} s");
        println!("{LATER} later Pods: {:.1} ms on average from event to mount; {buckets:#?}", mean * 1e3);
        let busy = busy - before;
        println!("{passes} passes for them, {:.1} ms on average, {busy} clock ticks in all", pass * 1e3);
        println!("memory {} KiB; {idle} clock ticks in {idle_for:?} with nothing to do", memory(agent.pid()));
    });
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
