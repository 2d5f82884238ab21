//! A test that starts itself once more, and kills that, to see what is left of its servers.

use std::io::{BufRead, BufReader, stdin};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const VICTIM: &str = "PODFS_TESTKIT_VICTIM";
const SAID: &str = "started ";

/// Fails unless the server that `start` returns dies with the process of the test `name`.
///
/// `start` returns the server and a text by which `runs` can tell whether it runs.
pub(crate) fn dies_with_its_process<S>(
    name: &str,
    start: impl FnOnce() -> (S, String),
    runs: impl Fn(&str) -> bool,
) {
    if std::env::var_os(VICTIM).is_some() {
        let (_server, text) = start();
        println!("{SAID}{text}");
        stdin().read_line(&mut String::new()).unwrap();
        return;
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(VICTIM, "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map(Result::unwrap);
    let text = lines.find_map(|line| line.split_once(SAID).map(|(_, text)| text.to_owned())).unwrap();
    assert!(runs(&text), "{text} does not run");
    victim.kill().unwrap();
    victim.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while runs(&text) {
        assert!(Instant::now() < deadline, "{text} still runs");
        thread::yield_now();
    }
}
