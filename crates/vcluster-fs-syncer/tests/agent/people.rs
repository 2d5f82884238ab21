//! What people look at: `list`, `--dry-run`, health and metrics.

use std::fs;

use serde_json::{Value, json};

use crate::api::pod_of;
use crate::node::{Node, mount_tmpfs, on_a_node, uid};
use crate::program::{Agent, command, output, until};

fn list(node: &Node<'_>) -> (Option<i32>, Vec<Value>, String) {
    let output = output(command(node).args(["list", "--output", "json"]));
    let rows = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code(), rows, String::from_utf8(output.stderr).unwrap())
}

fn row<'rows>(rows: &'rows [Value], key: &str, value: &str) -> &'rows Value {
    let found = rows.iter().find(|row| row[key].as_str().is_some_and(|text| text.ends_with(value)));
    found.unwrap_or_else(|| panic!("no {key} {value} in {rows:?}"))
}

#[test]
fn list_shows_what_is_mounted_for_whom_since_when_and_what_is_wrong() {
    on_a_node(|node| {
        let pod = node.start(1);
        let agent = Agent::start_ready(node);
        let waits = node.create(2);
        until("it is known", || agent.metric("mounts_waiting") == 1.0);
        agent.kill();
        let mut forged = pod_of(&node.name, &node.namespace, "blue", "forged", &uid(3));
        forged["metadata"]["annotations"]["vcluster.loft.sh/uid"] = json!(uid(4));
        node.cluster.create_pod(&forged);
        let ended = node.start(5);
        fs::create_dir_all(node.path("loft/theirs")).unwrap();
        mount_tmpfs(&node.path("loft/theirs"));
        let (code, rows, _) = list(node);
        assert_eq!(code, Some(0));
        let mounted = row(&rows, "path", &pod.virtual_uid);
        assert_eq!((&mounted["state"], &mounted["problem"]), (&json!("mounted"), &json!("")));
        assert_eq!(mounted["virtualPod"], "shop/pod-1");
        assert_eq!(mounted["hostPod"], format!("{}/{}", node.namespace, pod.name));
        assert!(mounted["since"].as_str().unwrap().starts_with("20"), "{mounted}");
        assert_eq!(row(&rows, "path", &waits.virtual_uid)["state"], "waiting");
        assert_eq!(row(&rows, "path", &ended.virtual_uid)["state"], "pending");
        let refused = row(&rows, "hostPod", "forged-x-shop-x-blue");
        assert!(
            refused["state"] == "refused" && refused["problem"].as_str().unwrap().contains(&uid(4)),
            "{refused}"
        );
        assert_eq!(row(&rows, "path", "/theirs")["state"], "foreign");
        node.end(&pod);
        assert_eq!(row(&list(node).1, "path", &pod.virtual_uid)["state"], "leftover");
    });
}

#[test]
fn list_without_an_api_server_shows_the_mounts_and_says_what_is_not_known() {
    on_a_node(|node| {
        let pod = node.start(1);
        drop(Agent::start_ready(node));
        let output = output(command(node).env("KUBECONFIG", "/nowhere/at/all").arg("list"));
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(text.contains("unknown  blue") && text.contains(&pod.virtual_uid), "{text}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("the API server cannot be asked"), "{error}");
    });
}

#[test]
fn a_dry_run_shows_each_step_and_does_nothing() {
    on_a_node(|node| {
        let (gone, comes) = (node.start(1), node.create(2));
        drop(Agent::start_ready(node));
        node.cluster.delete_pod(&node.namespace, &gone.name);
        node.make_directory(&comes);
        let (mounted, names) = (node.mounted(), node.names_below("loft/blue/pods"));
        let output = output(command(node).arg("--dry-run"));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let (from, to) = (node.target(&gone), node.target(&comes));
        for step in [
            format!("unmount {}\n", from.display()),
            format!("remove directory {}\n", from.display()),
            format!("make directory {}\n", to.display()),
            format!("mount {} on {} for {}/{} ", comes.host_uid, to.display(), node.namespace, comes.name),
            "1 mounts wanted, 4 steps to take, 0 Pods refused; nothing was done\n".to_owned(),
        ] {
            assert!(text.contains(&step), "{step:?} is not in {text}");
        }
        assert_eq!((node.mounted(), node.names_below("loft/blue/pods")), (mounted, names));
    });
}

#[test]
fn numbers_count_what_happens() {
    on_a_node(|node| {
        let agent = Agent::start_ready(node);
        let pod = node.start(1);
        until("it is mounted", || agent.metric("mounts_present") == 1.0);
        assert_eq!((agent.metric("mounts_wanted"), agent.metric("mounts_failed")), (1.0, 0.0));
        assert_eq!(agent.metric("mounts_made_total"), 1.0);
        assert_eq!(agent.metric("pod_mount_duration_seconds_count"), 1.0);
        assert!(agent.metric("last_pass_timestamp_seconds") > 1.7e9);
        node.end(&pod);
        until("it is gone", || agent.metric("mounts_wanted") == 0.0);
        assert_eq!(agent.metric("mounts_reaped_total"), 1.0);
    });
}

#[test]
fn the_predecessors_probes_are_answered() {
    on_a_node(|node| {
        let agent = Agent::start_ready(node);
        for path in ["/healthz", "/readyz", "/healthz/live", "/healthz/ready"] {
            assert_eq!(agent.get(path), (200, "ok\n".to_owned()), "{path}");
        }
        assert_eq!(agent.get("/other").0, 404);
    });
}

#[test]
fn a_running_agent_has_given_up_what_it_does_not_need() {
    on_a_node(|node| {
        let agent = Agent::start_ready(node);
        for thread in fs::read_dir(format!("/proc/{}/task", agent.pid())).unwrap() {
            let status = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
            let set = |name: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
                u64::from_str_radix(line.trim(), 16).unwrap()
            };
            // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_SYS_ADMIN.
            let needed = 1 << 1 | 1 << 2 | 1 << 21;
            assert_eq!(set("CapPrm:") & !needed, 0, "{status}");
            assert_eq!(set("CapEff:"), needed, "{status}");
            assert!(status.contains("NoNewPrivs:\t1"), "{status}");
        }
    });
}
