//! The servers really start, answer, and go away.
#![allow(clippy::unwrap_used)] // A helper of these tests fails the test that it helps.

#[path = "support/victim.rs"]
mod victim;

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use podfs_testkit::servers::{Params, RcloneServer, S3Server, as_env, rclone};

/// Runs stock rclone against a remote that is described by keys, and returns what it printed.
fn run_rclone(params: &Params, args: &[&str]) -> String {
    let mut command: Command = rclone().unwrap();
    let output = command.envs(as_env("RCLONE_CONFIG_R", params)).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "rclone {args:?} failed: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_shared_s3_server_keeps_what_it_is_given() {
    let server = S3Server::shared().unwrap();
    let bucket = server.create_bucket("kit").unwrap();
    assert_eq!(server.request("PUT", &format!("/{bucket}/a%20b"), b"content").unwrap().status, 200);
    let got = server.request("GET", &format!("/{bucket}/a%20b"), b"").unwrap();
    assert_eq!((got.status, got.text().as_str()), (200, "content"));
    assert!(got.header("etag").is_some());
    let listed = server.request("GET", &format!("/{bucket}?list-type=2&prefix=a"), b"").unwrap();
    assert!(listed.text().contains("<Key>a b</Key>"), "{}", listed.text());
    assert_eq!(run_rclone(&server.params(), &["cat", &format!("r:{bucket}/a b")]), "content");
}

#[test]
fn no_two_tests_share_a_bucket() {
    let server = S3Server::shared().unwrap();
    assert_ne!(server.create_bucket("same").unwrap(), server.create_bucket("same").unwrap());
}

#[test]
fn a_dropped_server_is_gone() {
    let server = S3Server::start().unwrap();
    let addr = server.addr();
    assert!(TcpStream::connect(addr).is_ok());
    drop(server);
    assert!(TcpStream::connect(addr).is_err());
}

#[test]
fn a_wrong_key_is_refused() {
    let server = S3Server::shared().unwrap();
    let mut params = server.params();
    params.iter_mut().find(|(key, _)| key == "secret_access_key").unwrap().1 = "wrong".to_owned();
    let mut command = rclone().unwrap();
    let output =
        command.envs(as_env("RCLONE_CONFIG_R", &params)).args(["lsd", "r:", "--retries=1"]).output().unwrap();
    assert!(!output.status.success());
}

#[test]
fn every_rclone_server_takes_and_gives_a_file() {
    for start in [RcloneServer::sftp, RcloneServer::webdav, RcloneServer::ftp, RcloneServer::s3] {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bucket")).unwrap();
        fs::write(dir.path().join("bucket/old"), "was there").unwrap();
        let server = start(dir.path()).unwrap();
        let params = server.params().unwrap();
        assert_eq!(run_rclone(&params, &["cat", "r:bucket/old"]), "was there");
        run_rclone(&params, &["copyto", "r:bucket/old", "r:bucket/new"]);
        assert_eq!(fs::read_to_string(dir.path().join("bucket/new")).unwrap(), "was there");
    }
}

#[test]
fn a_server_dies_with_a_killed_test_process() {
    let start = || {
        // No folder of its own, which would stay: this process is killed.
        let server = RcloneServer::webdav(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
        let addr = server.addr().to_string();
        (server, addr)
    };
    let listens = |addr: &str| TcpStream::connect(addr).is_ok();
    victim::dies_with_its_process("a_server_dies_with_a_killed_test_process", start, listens, |_| ());
}
