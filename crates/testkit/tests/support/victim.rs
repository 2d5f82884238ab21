//! A test that starts itself once more, and kills that, to see what is left of its servers.

use std::io::{BufRead, BufReader, stdin};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const VICTIM: &str = "PODFS_TESTKIT_VICTIM";
const SAID: &str = "listening on ";

/// Fails unless the server that `start` returns dies with the process of the test `name`.
///
/// `start` returns the server and where it listens.
pub(crate) fn dies_with_its_process<S>(name: &str, start: impl FnOnce() -> (S, SocketAddr)) {
    if std::env::var_os(VICTIM).is_some() {
        let (_server, addr) = start();
        println!("{SAID}{addr}");
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
    let addr = lines.find_map(|line| line.split_once(SAID).map(|(_, addr)| addr.to_owned()));
    let addr: SocketAddr = addr.unwrap().parse().unwrap();
    assert!(TcpStream::connect(addr).is_ok());
    victim.kill().unwrap();
    victim.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(addr).is_ok() {
        assert!(Instant::now() < deadline, "the server still runs");
        thread::yield_now();
    }
}
