//! A whole node really starts, runs Pods, and goes away.
#![allow(clippy::unwrap_used)] // A helper of these tests fails the test that it helps.

#[path = "support/victim.rs"]
mod victim;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use podfs_testkit::cluster::node::{
    BUSYBOX_IMAGE, Inside, Node, OtherNode, can_run, on_node, remove_leftovers,
};
use podfs_testkit::cluster::{NODE_NAME, OTHER_NODE_NAME};
use podfs_testkit::until;

/// Where a kubelet keeps Pods.
const PODS: &str = "/var/lib/kubelet/pods";
/// Longer than anything that a test waits for takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a command and returns what it printed.
fn run(mut command: Command, args: &[&str]) -> String {
    let output = command.args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs busybox as a Pod, and waits until it is ready.
fn start_pod(kubectl: impl Fn() -> Command, name: &str, program: &[&str]) {
    start_pod_with(kubectl, name, "{}", program);
}

/// The same with a part of the Pod as JSON.
fn start_pod_with(kubectl: impl Fn() -> Command, name: &str, part: &str, program: &[&str]) {
    let (image, part) = (format!("--image={BUSYBOX_IMAGE}"), format!("--overrides={part}"));
    run(kubectl(), &[&["run", name, &image, &part, "--command", "--"], program].concat());
    run(kubectl(), &["wait", "--for=condition=Ready", &format!("pod/{name}"), "--timeout=120s"]);
}

#[test]
fn a_pod_runs_and_its_folder_is_gone_after_it() {
    on_node("a_pod_runs_and_its_folder_is_gone_after_it", |node: &Inside| {
        let kubectl = || node.kubectl().unwrap();
        start_pod(kubectl, "sleeper", &["sleep", "600"]);
        let uid = run(kubectl(), &["get", "pod", "sleeper", "--output=jsonpath={.metadata.uid}"]);
        let folder = Path::new(PODS).join(&uid);
        assert!(folder.is_dir());
        assert_eq!(run(kubectl(), &["exec", "sleeper", "--", "echo", "hello"]), "hello\n");
        run(kubectl(), &["delete", "pod", "sleeper", "--grace-period=1"]);
        until("the Pod's folder is gone", PATIENCE, || !folder.exists()).unwrap();
        assert!(node.log("kubelet").unwrap().contains(&uid));
    })
    .unwrap();
}

#[test]
fn a_test_that_fails_on_the_node_says_where_its_logs_are_kept() {
    let name = "a_test_that_fails_on_the_node_says_where_its_logs_are_kept";
    if !can_run(name).unwrap() {
        return;
    }
    let failed = on_node(name, |_: &Inside| panic!("on purpose")).unwrap_err().to_string();
    let folder =
        failed.rsplit_once("the logs of the node are in ").map(|(_, folder)| Path::new(folder)).unwrap();
    assert!(failed.contains("on purpose") && folder.join("kubelet.log").is_file(), "{failed}");
}

#[test]
fn a_pod_that_comes_or_goes_cuts_no_other_one_off_from_the_node() {
    on_node("a_pod_that_comes_or_goes_cuts_no_other_one_off_from_the_node", |_: &Inside| {
        let ip = |line: &str| run(Command::new("ip"), &line.split(' ').collect::<Vec<_>>());
        let bridge = || ip("-brief link show podfs0").split_whitespace().nth(2).unwrap().to_owned();
        let before = bridge();
        // As a Pod's, and lower than any that a Pod gets: a bridge without an address of its own takes the lowest.
        ip("link add lowest address 02:00:00:00:00:00 type veth peer name its-pod");
        ip("link set lowest master podfs0 up");
        assert_eq!(bridge(), before);
        ip("link delete lowest");
        assert_eq!(bridge(), before);
    })
    .unwrap();
}

#[test]
fn a_pod_that_names_a_second_node_runs_there_until_the_node_leaves() {
    on_node("a_pod_that_names_a_second_node_runs_there_until_the_node_leaves", |node: &Inside| {
        let kubectl = || node.kubectl().unwrap();
        let other = OtherNode::join(node).unwrap();
        let there = format!(r#"{{"spec": {{"nodeName": "{OTHER_NODE_NAME}"}}}}"#);
        start_pod_with(kubectl, "guest", &there, &["sleep", "600"]);
        start_pod(kubectl, "anywhere", &["sleep", "600"]);
        let uid = run(kubectl(), &["get", "pod", "guest", "--output=jsonpath={.metadata.uid}"]);
        assert!(!Path::new(PODS).join(&uid).exists(), "the first node runs it");
        assert!(other.inside().log("kubelet").unwrap().contains(&uid));
        assert_eq!(run(kubectl(), &["exec", "guest", "--", "echo", "hello"]), "hello\n");
        let chosen = run(kubectl(), &["get", "pod", "anywhere", "--output=jsonpath={.spec.nodeName}"]);
        assert_eq!(chosen, NODE_NAME);
        let folder = folder_of(&other.inside());
        let traces = || {
            let groups = control_groups(id(&folder_of(node)));
            let groups = groups.iter().filter(|group| group.join(OTHER_NODE_NAME).exists()).count();
            [processes(&folder), mounts(&folder), groups]
        };
        assert!(traces().iter().all(|count| *count > 0), "the test looks for the wrong things");

        drop(other);
        assert_eq!(run(kubectl(), &["get", "nodes", "--output=name"]), format!("node/{NODE_NAME}\n"));
        assert_eq!(run(kubectl(), &["get", "pods", "guest", "--ignore-not-found"]), "");
        assert_eq!(traces(), [0; 3], "processes, mounts or control groups are left");
        assert!(!Path::new(&folder).exists(), "its folder is left");
        assert_eq!(run(kubectl(), &["exec", "anywhere", "--", "echo", "hello"]), "hello\n");
        run(kubectl(), &["delete", "pod", "anywhere", "--grace-period=1"]);
    })
    .unwrap();
}

/// Asks a web server for a page, from the network of the node or of one of its Pods.
fn get(network: Option<&Path>, address: &str) -> Vec<u8> {
    const ASK: &str = r#"exec 3<>"/dev/tcp/$0/80" && printf 'GET /page HTTP/1.0\r\n\r\n' >&3 && cat <&3"#;
    let network = network.unwrap_or(Path::new("/proc/self/ns/net"));
    let mut command = Command::new("nsenter");
    command.arg(format!("--net={}", network.display())).args(["bash", "-c", ASK, address]);
    command.output().unwrap().stdout
}

#[test]
fn a_service_leads_to_its_pod() {
    on_node("a_service_leads_to_its_pod", |node: &Inside| {
        let kubectl = || node.kubectl().unwrap();
        let script = "echo found > /tmp/page && exec httpd -f -p 8080 -h /tmp";
        start_pod(kubectl, "web", &["sh", "-c", script]);
        start_pod(kubectl, "client", &["sleep", "600"]);
        run(kubectl(), &["expose", "pod", "web", "--port=80", "--target-port=8080"]);
        let address = run(kubectl(), &["get", "service", "web", "--output=jsonpath={.spec.clusterIP}"]);
        // Nobody says when the rules for a Service are in force.
        until("the Service answers", PATIENCE, || get(None, &address).ends_with(b"found\n")).unwrap();
        let networks = fs::read_dir("/run/netns").unwrap().map(|entry| entry.unwrap().path());
        let found = networks.filter(|network| get(Some(network), &address).ends_with(b"found\n")).count();
        assert!(found >= 2, "a client and the server itself should reach the Service, but {found} did");
        run(kubectl(), &["delete", "service/web", "pod/web", "pod/client", "--grace-period=1"]);
    })
    .unwrap();
}

/// The processes that name the node's folder in their arguments, as all its programs do.
fn processes(folder: &str) -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let arguments = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    arguments.filter(|arguments| String::from_utf8_lossy(arguments).contains(folder)).count()
}

/// The mounts that this process sees in a folder.
fn mounts(folder: &str) -> usize {
    fs::read_to_string("/proc/self/mounts").unwrap().lines().filter(|line| line.contains(folder)).count()
}

/// Where a node's settings and logs are.
fn folder_of(node: &Inside) -> String {
    node.kubeconfig().parent().unwrap().display().to_string()
}

/// What tells a node's folder from those of others.
fn id(folder: &str) -> &str {
    Path::new(folder).file_name().unwrap().to_str().unwrap()
}

/// The node's control groups, in all hierarchies.
fn control_groups(id: &str) -> Vec<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let hierarchies = mounts.lines().filter(|line| line.starts_with("cgroup"));
    let folders = hierarchies.filter_map(|line| fs::read_dir(line.split(' ').nth(1)?).ok());
    folders
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(id))
        .collect()
}

#[test]
fn a_dropped_node_leaves_nothing() {
    if !can_run("a_dropped_node_leaves_nothing").unwrap() {
        return;
    }
    let kubelet_was_here = Path::new(PODS).exists();
    let node = Node::start().unwrap();
    start_pod(|| node.kubectl().unwrap(), "sleeper", &["sleep", "600"]);
    let folder = folder_of(&node.inside());
    let id = id(&folder);
    assert!(processes(&folder) > 0 && !control_groups(id).is_empty(), "the test looks for the wrong things");
    assert!(node.path(PODS).is_dir());
    // Not even now does anything show outside.
    assert_eq!(mounts(&folder), 0, "a mount shows outside");
    assert!(!Path::new("/sys/class/net/podfs0").exists(), "an interface shows outside");
    drop(node);
    assert_eq!(processes(&folder), 0, "a process is left");
    assert!(control_groups(id).is_empty(), "a control group is left");
    assert!(!Path::new(&folder).exists(), "its folder is left");
    assert_eq!(Path::new(PODS).exists(), kubelet_was_here, "the kubelet's folder shows outside");
}

#[test]
fn a_command_ends_when_the_node_breaks() {
    if !can_run("a_command_ends_when_the_node_breaks").unwrap() {
        return;
    }
    let mut node = Node::start().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "/bin/busybox killall -KILL kubelet && sleep 600"]);
    let error = format!("{:#}", node.run(&command).unwrap_err());
    assert!(error.contains("the node broke: kubelet ended"), "{error}");
    let kept = node.keep_logs("a_command_ends_when_the_node_breaks").unwrap();
    assert!(kept.join("kubelet.log").is_file() && kept.join("containerd.log").is_file());
}

#[test]
fn a_node_dies_with_a_killed_test_process() {
    if !can_run("a_node_dies_with_a_killed_test_process").unwrap() {
        return;
    }
    let start = || {
        let node = Node::start().unwrap();
        let folder = folder_of(&node.inside());
        (node, folder)
    };
    let runs = |folder: &str| processes(folder) > 0;
    let can_be_cleared = |folder: &str| {
        remove_leftovers().unwrap();
        assert!(!Path::new(folder).exists(), "its folder is left");
        assert!(control_groups(id(folder)).is_empty(), "a control group is left");
    };
    victim::dies_with_its_process("a_node_dies_with_a_killed_test_process", start, runs, can_be_cleared);
}
