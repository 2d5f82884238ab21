//! A sync that stays, with a real bucket: what is written appears there, and the end flushes the rest.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use podfs_testkit::proxy::{Fault, FaultyProxy, RequestRecord, Rule};
use podfs_testkit::servers::{RcloneServer, S3Server, obscure};
use rstest::rstest;
use rustix::process::Signal;

use crate::place::{Place, assert_done};
use crate::program::{Running, eventually, run, wait_for_file};

fn start(place: &Place, expression: &str, more: &[&str]) -> Running {
    let running = Running::start(place.scheduled(expression, more).stdout(Stdio::null()));
    wait_for_file(&place.world.path("pid"));
    running
}

#[rstest]
fn what_is_written_appears_and_the_end_flushes_the_rest(
    #[values("native", "rclone")] engine: &'static str,
    #[values("signal", "interrupt")] way: &str,
) {
    let place = Place::s3(engine);
    let mut running = start(&place, "@every 1s", &[]);
    running.wait_for("done: copied 1 file");
    fs::write(place.world.path("data/second"), "second").unwrap();
    eventually("the second file is there", || place.object("second").is_some());
    fs::remove_file(place.world.path("data/file")).unwrap();
    eventually("the first file is gone", || place.object("file").is_none());
    fs::write(place.world.path("data/last"), "just before the end").unwrap();
    match way {
        "signal" => running.signal(Signal::TERM),
        _ => assert_done(&run(&mut place.world.command(&["interrupt", "--pid-path", "pid"]))),
    }
    running.wait_for("the last sync begins");
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(place.object("last").unwrap(), b"just before the end");
    assert!(!place.world.path("pid").exists());
}

/// No due time comes between the write and the signal here: only the last sync can have done it.
#[test]
fn the_last_sync_alone_flushes_what_no_due_time_saw() {
    let place = Place::s3("native");
    let mut running = start(&place, "@yearly", &[]);
    running.wait_for("the next sync is due");
    fs::write(place.world.path("data/last"), "just before the end").unwrap();
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(place.object("last").unwrap(), b"just before the end");
}

#[rstest]
fn a_last_sync_that_fails_is_no_success(#[values("native", "rclone")] engine: &'static str) {
    let (place, proxy) = Place::proxied(engine);
    let mut running = start(&place, "@yearly", &["--timeout", "1"]);
    running.wait_for("the next sync is due");
    proxy.fail(Rule::new(Fault::Status(403)));
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(5), "{stderr}");
    assert!(proxy.faults() > 0);
    assert_eq!(stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{stderr}");
    assert!(!place.world.path("pid").exists());
}

#[rstest]
fn a_last_sync_is_tried_again_until_the_remote_is_back(#[values("native", "rclone")] engine: &'static str) {
    let (place, proxy) = Place::proxied(engine);
    let mut running = start(&place, "@yearly", &["--timeout", "1"]);
    running.wait_for("the next sync is due");
    proxy.fail(Rule::new(Fault::Status(500)));
    fs::write(place.world.path("data/last"), "just before the end").unwrap();
    running.signal(Signal::TERM);
    running.wait_for("it is tried again");
    proxy.clear();
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(place.object("last").unwrap(), b"just before the end");
}

#[test]
fn a_run_that_fails_is_followed_by_the_next() {
    let (place, proxy) = Place::proxied("native");
    proxy.fail(Rule::new(Fault::Status(403)));
    let mut running = start(&place, "@every 1s", &[]);
    running.wait_for("the sync failed");
    proxy.clear();
    running.wait_for("done: copied 1 file");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

#[rstest]
fn a_second_signal_gives_a_stalled_transfer_up(#[values("native", "rclone")] engine: &'static str) {
    let (place, proxy) = Place::proxied(engine);
    proxy.fail(Rule::new(Fault::Stall).method("PUT").path("/tree/file"));
    let mut running = start(&place, "@every 1s", &["--timeout", "600"]);
    eventually("the transfer stalls", || proxy.faults() > 0);
    running.signal(Signal::TERM);
    running.wait_for("asked to end");
    let asked = Instant::now();
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(6), "{stderr}");
    assert!(asked.elapsed() < Duration::from_secs(100), "it took {:?}", asked.elapsed());
    proxy.clear();
    assert!(place.objects().is_empty() && !place.world.path("pid").exists());
}

/// Natively they stay for the next sync.
#[test]
fn a_large_file_that_is_given_up_leaves_no_parts_through_rclone() {
    let (place, proxy) = large("rclone");
    stall_part(&proxy, "2");
    let running = Running::start(place.up(&["-v"]).stdout(Stdio::null()));
    eventually("the second part stalls", || proxy.faults() > 0);
    give_up(running);
    assert_eq!(unfinished_at(&place.path), 0);
    assert!(place.objects().is_empty());
}

#[rstest]
fn a_large_file_that_was_interrupted_goes_on_with_the_part_that_is_missing(
    #[values("kill", "give up")] way: &str,
    #[values(false, true)] encrypted: bool,
) {
    let (mut place, proxy) = large("native");
    let at = place.path.clone();
    let password = obscure("correct horse").unwrap();
    if encrypted {
        place.path = "/".to_owned();
    }
    let set_up = |mut command: Command| {
        if encrypted {
            command.env("ENCRYPTED_REMOTE", format!("remote:/{at}")).env("ENCRYPTED_PASSWORD", &password);
        }
        command
    };
    stall_part(&proxy, "3");
    let running = Running::start(set_up(place.up(&["-v"])).stdout(Stdio::null()));
    eventually("the third part stalls", || proxy.faults() > 0);
    match way {
        "kill" => {
            running.signal(Signal::KILL);
            assert_eq!(running.end().0, None);
        }
        _ => give_up(running),
    }
    proxy.clear();
    proxy.take_requests();
    assert_eq!(unfinished_at(&at), 1);
    assert_done(&run(&mut set_up(place.up(&[]))));
    let parts = proxy.count(|request| request.method == "PUT" && request.query("partNumber").is_some());
    assert_eq!((parts, unfinished_at(&at)), (1, 0));
    assert_done(&run(&mut set_up(place.down("back", &[]))));
    let [data, back] = ["data", "back"].map(|name| fs::read(place.world.path(name).join("file")).unwrap());
    assert!(data == back);
    assert_done(&run(&mut set_up(place.looked_at(&["--read-data"]))));
    let again = run(&mut set_up(place.up(&[])));
    assert!(again.stdout.starts_with("copied 0 files"), "{}", again.stdout);
}

/// A file of three parts, sent one after the other.
fn large(engine: &'static str) -> (Place, FaultyProxy) {
    let (mut place, proxy) = Place::proxied(engine);
    for (key, value) in [("chunk_size", "5Mi"), ("upload_cutoff", "5Mi"), ("upload_concurrency", "1")] {
        place.set(key, value);
    }
    let content: Vec<u8> = (0..12_u32 << 20).map(|at| (at % 251) as u8).collect();
    fs::write(place.world.path("data/file"), content).unwrap();
    (place, proxy)
}

fn stall_part(proxy: &FaultyProxy, number: &'static str) {
    let part = move |request: &RequestRecord| request.query("partNumber") == Some(number);
    proxy.fail(Rule::new(Fault::Stall).method("PUT").when(part));
}

/// Uploads in parts that were begun at `bucket/prefix` and not ended.
fn unfinished_at(path: &str) -> usize {
    let (bucket, prefix) = path.split_once('/').unwrap();
    let target = format!("/{bucket}?prefix={}&uploads=", prefix.replace('/', "%2F"));
    let uploads = S3Server::shared().unwrap().request("GET", &target, b"").unwrap();
    assert_eq!(uploads.status, 200, "{}", uploads.text());
    uploads.text().matches("<UploadId>").count()
}

/// Two signals; the second one ends it, and every rclone that it started.
fn give_up(mut running: Running) {
    let helpers = running.children();
    running.signal(Signal::TERM);
    running.wait_for("asked to end");
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(6), "{stderr}");
    let left: Vec<_> = helpers.iter().filter(|pid| is_rclone(**pid)).collect();
    assert!(left.is_empty(), "rclone runs on: {left:?}");
}

/// Whether a process that runs an rclone has this number; a number that was used again is none.
fn is_rclone(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.windows(4).any(|part| part == b"rcd\0"))
}

#[rstest]
#[case::sftp(RcloneServer::sftp)]
#[case::webdav(RcloneServer::webdav)]
#[case::ftp(RcloneServer::ftp)]
fn a_large_file_that_is_given_up_leaves_nothing_half_written(
    #[case] start: fn(&Path) -> anyhow::Result<RcloneServer>,
) {
    let store = tempfile::tempdir().unwrap();
    let server = start(store.path()).unwrap();
    let place = Place::new(server.params().unwrap(), "/tree");
    assert_done(&run(&mut place.up(&[])));
    let old = File::options().write(true).open(place.world.path("data/file")).unwrap();
    old.set_len(64 << 30).unwrap();
    File::create(place.world.path("data/new")).unwrap().set_len(64 << 30).unwrap();
    let running = Running::start(place.up(&["-v"]).stdout(Stdio::null()));
    assert!(!server_names(store.path()).is_empty());
    eventually("both are half way there", || server_names(store.path()).len() >= 3);
    give_up(running);
    assert_eq!(server_names(store.path()), ["tree/file"]);
    assert_eq!(fs::read(store.path().join("tree/file")).unwrap(), b"content");
}

/// The files that a server has, without the head. It may be at work: what is gone when it is looked at is not there.
fn server_names(store: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![store.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().map(Result::unwrap) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => names.push(entry.path().strip_prefix(store).unwrap().to_str().unwrap().to_owned()),
                Err(_) => {}
            }
        }
    }
    names.retain(|name| !name.starts_with("tree/.podfs/"));
    names.sort();
    names
}

#[test]
fn an_rclone_that_died_between_two_syncs_is_started_again() {
    let place = Place::s3("rclone");
    let mut running = start(&place, "@every 3s", &[]);
    running.wait_for("done: copied 1 file");
    let [rclone] = running.children()[..] else { panic!("{:?}", running.children()) };
    let rclone_pid = rustix::process::Pid::from_raw(rclone.cast_signed()).unwrap();
    rustix::process::kill_process(rclone_pid, Signal::KILL).unwrap();
    fs::write(place.world.path("data/after"), "after").unwrap();
    running.wait_for("broke off");
    running.wait_for("done: copied 1 file");
    let [again] = running.children()[..] else { panic!("{:?}", running.children()) };
    assert!(again != rclone && is_rclone(again));
    running.signal(Signal::TERM);
    let (code, stderr) = running.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!stderr.contains("the sync failed") && !is_rclone(again), "{stderr}");
}

#[test]
fn a_one_shot_waits_for_the_scheduled_sync_beside_it() {
    let (place, proxy) = Place::proxied("native");
    proxy.fail(Rule::new(Fault::Stall).method("PUT").path("/tree/file").nth(1));
    let scheduled = start(&place, "@every 1s", &[]);
    eventually("the scheduled sync is under way", || proxy.faults() > 0);
    fs::write(place.world.path("data/by hand"), "now").unwrap();
    let mut once = Running::start(place.up(&[]).stdout(Stdio::null()));
    once.wait_for(&format!("process {} is syncing", scheduled.pid()));
    proxy.clear();
    let (code, stderr) = once.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(place.object("by hand").unwrap(), b"now");
    scheduled.signal(Signal::TERM);
    assert_eq!(scheduled.end().0, Some(0));
}
