//! Settings from three places, and what is said about bad ones.

use std::fs;
use std::process::{Command, Output};

use rstest::rstest;

use crate::node::{mount_tmpfs, on_a_node};
use crate::program::{Agent, command, output, until};

fn alone(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vcluster-fs-syncer"));
    command.env_clear().envs(variables.iter().copied()).args(arguments);
    output(&mut command)
}

#[rstest]
#[case::no_node(&[], &[], "MY_NODE_NAME")]
#[case::no_name(&[("MY_NODE_NAME", "a,b=c")], &[], "no name of a node")]
#[case::relative(&[("NODE_NAME", "n"), ("TO_PATH", "loft")], &[], "toPath is \"loft\", which is not an absolute path")]
#[case::port(&[("NODE_NAME", "n")], &["--http-port", "70000"], "--http-port")]
#[case::layout(&[("NODE_NAME", "n"), ("LAYOUT", "flat")], &[], "kubelet-pods")]
#[case::grant(&[("NODE_NAME", "n"), ("ALLOW_VCLUSTERS", "blue")], &[], "NAMESPACE/VCLUSTER")]
#[case::grant_of_nothing(&[("NODE_NAME", "n"), ("ALLOW_VCLUSTERS", "")], &[], "NAMESPACE/VCLUSTER")]
#[case::no_file(&[("NODE_NAME", "n"), ("CONFIG_PATH", "/nowhere.yaml")], &[], "/nowhere.yaml")]
fn bad_settings_are_one_clear_error(
    #[case] variables: &[(&str, &str)],
    #[case] arguments: &[&str],
    #[case] words: &str,
) {
    let output = alone(variables, arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(words), "{error}");
    assert_eq!(error.matches("error:").count(), 1, "{error}");
}

#[test]
fn a_node_that_will_not_do_has_its_own_exit_code_and_says_what_to_do() {
    on_a_node(|node| {
        let private = node.path("private");
        fs::create_dir(&private).unwrap();
        mount_tmpfs(&private);
        let output = output(command(node).env("TO_PATH", &private));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.contains("Bidirectional"), "{error}");
    });
}

#[test]
fn the_predecessors_file_and_layout_are_understood() {
    on_a_node(|node| {
        let config = node.path("vcluster-fs-syncer.yaml");
        let (from, to) = (node.path("kubelet/pods"), node.path("loft"));
        let text = format!(
            "ListenHost: 127.0.0.1\nHTTPPort: 0\nfromPath: {}\ntoPath: {}\nlayout: kubelet-pods\n",
            from.display(),
            to.display()
        );
        fs::write(&config, text).unwrap();
        let mut agent = command(node);
        for variable in ["FROM_PATH", "TO_PATH", "LISTEN_HOST", "HTTP_PORT"] {
            agent.env_remove(variable);
        }
        let agent = Agent::start_with(agent.arg("--config").arg(&config));
        let pod = node.start(1);
        let seen = node.path("loft/blue/kubelet/pods").join(&pod.virtual_uid).join("etc-hosts");
        until("it is mounted where the predecessor had it", || seen.exists());
        assert_eq!(agent.get("/healthz").0, 200);
    });
}

#[test]
fn the_predecessors_one_mount_for_both_directories_will_do() {
    on_a_node(|node| {
        // As /var/lib at /host_mnt.
        for folder in ["kubelet/var/lib/kubelet/pods", "kubelet/var/lib/loft"] {
            fs::create_dir_all(node.path(folder)).unwrap();
        }
        let (from, to) = (node.path("kubelet/var/lib/kubelet/pods"), node.path("kubelet/var/lib/loft"));
        let mut agent = Agent::start_with(command(node).env("FROM_PATH", &from).env("TO_PATH", &to));
        agent.until_ready();
        let pod = node.create(1);
        let source = from.join(&pod.host_uid);
        fs::create_dir_all(source.join("volumes/v")).unwrap();
        let target = to.join("blue/pods").join(&pod.virtual_uid);
        until("it is mounted", || target.join("volumes/v").exists());
        mount_tmpfs(&source.join("volumes/v"));
        fs::write(source.join("volumes/v/file"), "x").unwrap();
        assert!(target.join("volumes/v/file").exists());
        node.cluster.delete_pod(&node.namespace, &pod.name);
        until("it is gone", || !target.exists());
        assert!(source.join("volumes/v/file").exists());
    });
}
