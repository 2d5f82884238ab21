//! `inject`: the operator's answer without a cluster, and what the injected containers ask of this program.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::program::{Running, World, run, wait_for_file};

fn example(name: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/volume-syncing-controller");
    fs::read_to_string(examples.join(name)).unwrap()
}

/// A world with a manifest in it.
fn world(manifest: &str) -> World {
    let world = World::new();
    fs::write(world.path("all.yaml"), manifest).unwrap();
    world
}

const LINE: [&str; 5] = ["inject", "-f", "all.yaml", "-s", "all.yaml"];

#[test]
fn the_patched_pod_is_printed_as_yaml() {
    let world = world(&example("encrypted.yaml"));
    let done = run(&mut world.command(&LINE));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    for part in
        ["kind: Pod", "name: init-volume-restore", "name: volume-syncing-sidecar", "restartPolicy: Always"]
    {
        assert!(done.stdout.contains(part), "{part}: {}", done.stdout);
    }
    let mut plain = world.command(&LINE);
    let plain = run(plain.args(["--sidecar-mode", "container", "--image", "mine:1"]));
    assert!(
        plain.stdout.contains("image: mine:1") && !plain.stdout.contains("restartPolicy"),
        "{}",
        plain.stdout
    );
}

#[test]
fn the_reason_why_not_is_told_with_exit_code_2() {
    let s3 = example("s3.yaml");
    for (manifest, reason) in [
        (
            s3.replace("      site: blue", "").replace("site: blue", "shop: blue"),
            "asks for something that this Pod does not have",
        ),
        (
            s3.replace("/var/www/data\n  remote", "/var/www/dat\n  remote"),
            "no volume is mounted at localPath /var/www/dat",
        ),
        (
            s3.replace("app: website\n    site", "app: other\n    site"),
            "no PodFilesystemSync of namespace default selects this Pod",
        ),
        (
            s3.replace("    riotkit.org/volume-syncing-controller: \"true\"\n", ""),
            "the operator would leave this Pod alone",
        ),
        (s3.replace("kind: Pod\n", "kind: Deployment\n"), "holds 0 Pods"),
        ("a: [".to_owned(), "is no YAML"),
    ] {
        let done = run(&mut world(&manifest).command(&LINE));
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{reason}");
        assert!(done.stderr.contains(reason), "{reason}: {}", done.stderr);
    }
}

#[test]
fn a_probe_asks_whether_the_process_runs_and_leaves_it_alone() {
    let world = World::new();
    let probe = || {
        let mut command = world.command(&["interrupt", "--dry-run"]);
        run(command.env("PODFS_PID_PATH", world.path("pid")))
    };
    assert_eq!(probe().code, Some(1));
    let running = Running::start(world.scheduled("@hourly", &[]).stdout(Stdio::null()));
    wait_for_file(&world.path("pid"));
    for _ in 0..2 {
        let done = probe();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(done.stdout.contains(&running.pid().to_string()), "{}", done.stdout);
    }
    running.signal(rustix::process::Signal::KILL);
    running.end();
    assert_eq!(probe().code, Some(1));
}

#[test]
fn a_restore_can_be_left_out_where_we_never_synced() {
    let world = World::new();
    fs::create_dir(world.path("mirror")).unwrap();
    fs::write(world.path("mirror/foreign"), "of another program").unwrap();
    let restore = |more: &[&str]| {
        let mut command = world.command(&["remote-to-local-sync", "-p", "type=local", "-d", "back"]);
        command.arg("-s").arg(world.path("mirror")).arg("--state-dir").arg(world.path("state"));
        let done = run(command.args(more));
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        done
    };
    let left_out = restore(&["--only-if-synced"]);
    assert!(left_out.stderr.contains("was never synced to"), "{}", left_out.stderr);
    assert!(!world.path("back/foreign").exists());
    assert_eq!(run(&mut world.sync(&[])).code, Some(0));
    restore(&["--only-if-synced"]);
    assert!(world.path("back/file").exists());
    fs::remove_dir_all(world.path("back")).unwrap();
    fs::remove_dir_all(world.path("mirror/.podfs")).unwrap();
    restore(&[]);
    assert!(world.path("back/file").exists());
}
