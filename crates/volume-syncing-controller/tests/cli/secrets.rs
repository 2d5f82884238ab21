//! Secrets reach the storage and nobody else: no output, no log, no process list.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use podfs_testkit::servers::obscure;
use rstest::rstest;
use rustix::process::Signal;

use crate::place::Place;
use crate::program::{Done, Running, eventually, run};

const SECRET: &str = "S3cr3t-that-nobody-may-see";
const PASSWORD: &str = "P4ssword-that-nobody-may-see";

/// A place with both secrets, and every form in which they must not be seen.
fn place(engine: &'static str) -> (Place, Vec<String>) {
    let mut place = Place::s3(engine);
    place.set("secret_access_key", SECRET);
    (place, vec![SECRET.to_owned(), PASSWORD.to_owned(), obscure(PASSWORD).unwrap()])
}

fn encrypted<'c>(command: &'c mut Command, place: &Place, secrets: &[String]) -> &'c mut Command {
    command.env("ENCRYPTED_REMOTE", format!("remote:{}", place.path)).env("ENCRYPTED_PASSWORD", &secrets[2])
}

fn hidden(text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{secret} is in\n{text}");
    }
}

fn told_without_secrets(done: &Done, secrets: &[String]) {
    assert_eq!(done.code, Some(5), "{}", done.stderr);
    hidden(&format!("{}{}", done.stdout, done.stderr), secrets);
}

#[rstest]
fn no_message_holds_a_secret(
    #[values("native", "rclone", "auto")] engine: &'static str,
    #[values("http://127.0.0.1:1", "the server")] endpoint: &str,
    #[values("-v", "--log-json")] log: &str,
) {
    let (mut place, secrets) = place(engine);
    if endpoint != "the server" {
        place.set("endpoint", endpoint);
    }
    let more = [log, "-v", "--timeout", "1", "--output", "json"];
    let more = if log == "-v" { &more[1..] } else { &more[..] };
    let mut commands = [place.up(more), place.down("back", more)];
    for command in &mut commands {
        // `auto` stands for the encrypted remote here.
        let command = if engine == "auto" { encrypted(command, &place, &secrets) } else { command };
        told_without_secrets(&run(command), &secrets);
    }
    let mode = fs::metadata(place.world.path("rclone.conf")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// The processes that `parent` started, by their arguments.
fn children(parent: u32) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let path = entry.ok()?.path();
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        let parent_of = stat.rsplit(") ").next()?.split(' ').nth(1)?;
        if parent_of != parent.to_string() {
            return None;
        }
        let arguments = fs::read(path.join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&arguments).replace('\0', " "))
    });
    processes.collect()
}

#[test]
fn no_process_list_shows_a_secret() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut place, secrets) = place("rclone");
    place.set("endpoint", &format!("http://{}", silent.local_addr().unwrap()));
    let mut command = place.up(&["-v"]);
    let running = Running::start(encrypted(&mut command, &place, &secrets).stdout(Stdio::null()));
    // rclone has come to the server: it knows the secret and has its last arguments.
    let _connection = silent.accept().unwrap();
    let mut seen = Vec::new();
    eventually("rclone runs", || {
        seen = children(running.pid());
        seen.iter().any(|arguments| arguments.contains("rcd"))
    });
    hidden(&seen.join("\n"), &secrets);
    let own = fs::read(format!("/proc/{}/cmdline", running.pid())).unwrap();
    hidden(&String::from_utf8_lossy(&own), &secrets);
    running.signal(Signal::TERM);
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(6), "{stderr}");
    hidden(&stderr, &secrets);
}
