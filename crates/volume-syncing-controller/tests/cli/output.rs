//! What goes to standard output and into logs, as text and as JSON.

use rstest::rstest;

use crate::program::{World, run};

#[test]
fn a_sync_ends_with_one_line() {
    let done = run(&mut World::new().sync(&[]));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert!(done.stdout.starts_with("copied ") && done.stdout.lines().count() == 1, "{}", done.stdout);
}

#[test]
fn json_is_all_there_is_on_standard_output() {
    let world = World::new();
    let done = run(&mut world.sync(&["--output", "json", "-v"]));
    let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(value["exit"], 0);
    assert!(value["plan"]["steps"][0]["path"] == "file" && value["result"]["copied"].is_number(), "{value}");

    let done = run(&mut world.sync(&["--output", "json", "--dry-run"]));
    let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(value["plan"]["totals"].is_object() && value.get("result").is_none(), "{value}");
}

#[rstest]
#[case::no_kind_of_storage(&["-p", "type="], 2, "REMOTE_TYPE")]
#[case::a_file_that_is_not_there(&["--no-template", "-c", "none.conf"], 2, "none.conf")]
#[case::a_bad_parameter(&["-p", "nothing"], 2, "key=value")]
#[case::a_bad_schedule(&["--schedule", "0 25 * * *"], 2, "bad schedule")]
#[case::no_kind_of_storage_for_a_schedule(&["-p", "type=", "--schedule", "@yearly", "--pid-path", "pid"], 2, "REMOTE_TYPE")]
#[case::a_state_directory_that_is_synced(&["--state-dir", "data/state"], 2, "--state-dir")]
fn what_goes_wrong_before_a_plan_is_json_too(
    #[case] arguments: &[&str],
    #[case] code: i32,
    #[case] said: &str,
) {
    let done = run(&mut World::new().sync(&[&["--output", "json"], arguments].concat()));
    let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &value["exit"]), (Some(code), &code.into()));
    assert!(value["error"].as_str().unwrap().contains(said), "{value}");
    assert_eq!(value.as_object().unwrap().len(), 2, "{value}");
    assert!(done.stderr.starts_with("error: "), "{}", done.stderr);
}

#[test]
fn a_dry_run_says_what_it_would_come_to() {
    let world = World::new();
    std::os::unix::fs::symlink("file", world.path("data/link")).unwrap();
    let done = run(&mut world.sync(&["--dry-run", "--plain"]));
    assert_eq!(done.code, Some(0));
    assert!(done.stdout.contains("cannot hold them: 1 symbolic link\n"), "{}", done.stdout);
    assert!(done.stdout.lines().last().unwrap().starts_with("would copy "), "{}", done.stdout);
    let done = run(&mut world.sync(&["--dry-run", "--plain", "--output", "json"]));
    let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(value["plan"]["skipped"]["symbolic links"], 1, "{value}");
}

#[test]
fn logs_are_json_when_asked() {
    let world = World::new();
    for done in
        [run(&mut world.sync(&["--log-json", "-v"])), run(world.sync(&["-v"]).env("LOG_JSON", "true"))]
    {
        assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""));
        let lines: Vec<serde_json::Value> =
            done.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.iter().any(|line| line["copied"].is_number()), "{}", done.stderr);
    }
}

#[test]
fn an_error_is_a_log_line_too() {
    let world = World::new();
    let mut command = world.bare_sync(&["-s", "data", "--log-json"]);
    let done = run(&mut command);
    let line: serde_json::Value = serde_json::from_str(done.stderr.trim()).unwrap();
    assert_eq!((done.code, &line["exit"], &line["level"]), (Some(2), &2.into(), &"ERROR".into()));
}

#[test]
fn a_configuration_inside_the_synced_directory_stays_here_with_its_secrets() {
    let world = World::new();
    let done = run(&mut world.sync(&["-c", "data/rclone.conf"]));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(world.path("data/rclone.conf").exists() && world.path("mirror/file").exists());
    assert!(!world.path("mirror/rclone.conf").exists());
}

#[test]
fn links_and_special_files_are_counted_in_the_summary() {
    let world = World::new();
    for name in ["one", "two"] {
        std::os::unix::fs::symlink("file", world.path("data").join(name)).unwrap();
    }
    let _socket = std::os::unix::net::UnixListener::bind(world.path("data/socket")).unwrap();
    let done = run(&mut world.sync(&["--plain"]));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for part in ["copied 1 file", "2 symbolic links", "1 FIFO, socket or device"] {
        assert!(done.stdout.contains(part), "no {part:?} in {}", done.stdout);
    }
    let done = run(&mut world.sync(&["--plain", "--output", "json"]));
    let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let skipped = &value["result"]["skipped"];
    assert_eq!((&skipped["symbolic links"], &skipped["FIFOs, sockets or devices"]), (&2.into(), &1.into()));
}
