//! An API server without nodes really starts, answers, and goes away.
#![allow(clippy::unwrap_used)] // A helper of these tests fails the test that it helps.

#[path = "support/victim.rs"]
mod victim;

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use podfs_testkit::cluster::{ApiServer, Cluster};

/// Runs kubectl and returns what it printed.
fn run(mut kubectl: Command, args: &[&str]) -> String {
    let output = kubectl.args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kubectl {args:?} failed: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn runs(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn the_shared_cluster_keeps_what_it_is_given() {
    let cluster = Cluster::shared().unwrap();
    assert_eq!(run(cluster.kubectl().unwrap(), &["get", "--raw=/readyz"]), "ok");
    let namespace = format!("kit-{}", std::process::id());
    run(cluster.kubectl().unwrap(), &["create", "namespace", &namespace]);
    let name = format!("--namespace={namespace}");
    run(cluster.kubectl().unwrap(), &["create", "configmap", "kept", "--from-literal=key=value", &name]);
    let kept = ["get", "configmap", "kept", &name, "--output=jsonpath={.data.key}"];
    assert_eq!(run(cluster.kubectl().unwrap(), &kept), "value");
    run(cluster.kubectl().unwrap(), &["delete", "namespace", &namespace, "--wait=false"]);
}

#[test]
fn a_pod_and_a_token_can_be_made_without_controllers() {
    let server = ApiServer::start().unwrap();
    run(server.kubectl().unwrap(), &["run", "pod", "--image=none"]);
    run(server.kubectl().unwrap(), &["create", "serviceaccount", "account"]);
    let token = run(server.kubectl().unwrap(), &["create", "token", "account"]);
    let who = ["auth", "whoami", "--output=jsonpath={.status.userInfo.username}", "--token", token.trim()];
    // The token in the kubeconfig would win over the one in the arguments.
    let mut kubectl = server.kubectl().unwrap();
    kubectl.args(["--kubeconfig=/dev/null", "--insecure-skip-tls-verify", "--server", &server.url()]);
    assert_eq!(run(kubectl, &who), "system:serviceaccount:default:account");
}

#[test]
fn a_killed_server_comes_back_with_what_it_knew() {
    let mut server = ApiServer::start().unwrap();
    run(server.kubectl().unwrap(), &["create", "configmap", "kept"]);
    server.kill().unwrap();
    assert!(!server.kubectl().unwrap().args(["get", "configmap", "kept"]).output().unwrap().status.success());
    server.restart().unwrap();
    run(server.kubectl().unwrap(), &["get", "configmap", "kept"]);
}

#[test]
fn a_dropped_server_leaves_nothing() {
    let server = ApiServer::start().unwrap();
    let pids = [server.process().pid(), server.etcd().pid()];
    let folder = server.kubeconfig().parent().unwrap().to_path_buf();
    assert!(pids.into_iter().all(runs) && folder.exists());
    drop(server);
    assert!(!pids.into_iter().any(runs), "a process is left");
    assert!(!folder.exists(), "its folder is left");
}

#[test]
fn a_server_dies_with_a_killed_test_process() {
    let start = || {
        let server = ApiServer::start().unwrap();
        let addr = server.url().trim_start_matches("https://").to_owned();
        (server, addr)
    };
    let listens = |addr: &str| TcpStream::connect(addr).is_ok();
    victim::dies_with_its_process("a_server_dies_with_a_killed_test_process", start, listens);
}
