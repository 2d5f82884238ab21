//! From the start of rclone to its end, whoever ends it.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::future::join_all;
use podfs_remote::rclone::RcloneRemote;
use podfs_sync::{ErrorKind, Remote};
use podfs_testkit::servers::S3Server;
use rustix::process::{Pid, Signal, kill_process};

use super::kit::{Place, SOON, alias, params, params_at, path};

#[tokio::test]
async fn a_killed_rclone_ends_what_was_under_way_with_its_last_words() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new();
    place.configure(&[
        (
            "remote",
            params(&[
                ("type", "combine"),
                ("upstreams", &format!("here={} silent=silent:", place.store().display())),
            ]),
        ),
        ("silent", params_at("webdav", silent.local_addr().unwrap().port())),
    ]);
    let mut options = place.options("remote:");
    options.io_timeout = Duration::from_secs(600);
    let remote = RcloneRemote::start(options).await.unwrap();
    let pid = remote.process_id().await.unwrap();
    let upload = place.put(&remote, "silent/f", b"content");
    let kill = async {
        // The upload is under way when rclone has come to the server.
        let connection = tokio::task::spawn_blocking(move || silent.accept().unwrap()).await.unwrap();
        kill(pid);
        connection
    };
    let (uploaded, _connection) = tokio::join!(upload, kill);
    let error = uploaded.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.detail.contains("rclone ended with signal: 9"), "{error}");
    assert_eq!(remote.stat(&path("f")).await.unwrap_err().kind, ErrorKind::Unreachable);
}

fn kill(pid: u32) {
    signal(pid, Signal::KILL);
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// rclone opens by number: were that another file's by then, rclone would empty it.
#[tokio::test]
async fn a_dropped_download_keeps_its_descriptor_until_rclone_has_ended() {
    const CALLS: usize = 8;
    let place = Place::new();
    let remote = alias(&place).await;
    place.put(&remote, "f", b"content").await.unwrap();
    let entry = remote.stat(&path("f")).await.unwrap().unwrap();
    assert_eq!((place.get(&remote, "f").await.unwrap(), remote.is_open().await), (b"content".to_vec(), true));
    assert_eq!(descriptors_below(place.path()), 0, "an answered call needs none any more");
    let pid = remote.process_id().await.unwrap();
    signal(pid, Signal::STOP);
    let names = (0..CALLS).map(|number| path(&format!("given up {number}")));
    let targets: Vec<_> = names.map(|name| place.target(&name)).collect();
    let downloads = join_all(targets.iter().map(|target| remote.download(&entry, target)));
    // Time for the calls to reach the socket; nobody answers there.
    assert!(tokio::time::timeout(Duration::from_millis(300), downloads).await.is_err());
    drop(targets);
    signal(pid, Signal::CONT);
    remote.settle().await;
    assert_eq!(descriptors_below(place.path()), CALLS);
    assert!(!remote.is_open().await, "for another sync");
    remote.close().await;
    assert_eq!(descriptors_below(place.path()), 0);
}

fn descriptors_below(folder: &Path) -> usize {
    let open =
        fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    open.filter(|file| file.starts_with(folder.join("restored"))).count()
}

#[tokio::test]
async fn a_dropped_upload_stops_in_rclone_and_takes_back_what_it_wrote() {
    let place = Place::new();
    let remote = alias(&place).await;
    place.put(&remote, "f", b"good").await.unwrap();
    File::create(place.files().join("f")).unwrap().set_len(8 << 30).unwrap();
    let source = place.open(&path("f"));
    let name = path("f");
    tokio::select! {
        uploaded = remote.upload(&source, &name) => panic!("8 GiB were faster than this test: {uploaded:?}"),
        () = until(|| partial(&place.store())) => {}
    }
    until(|| !partial(&place.store())).await;
    assert_eq!(fs::read(place.store().join("f")).unwrap(), b"good");
}

fn partial(store: &Path) -> bool {
    fs::read_dir(store)
        .unwrap()
        .any(|entry| entry.unwrap().file_name().to_string_lossy().ends_with(".partial"))
}

async fn until(condition: impl Fn() -> bool) {
    let waited = Instant::now();
    while !condition() {
        assert!(waited.elapsed() < SOON, "it did not come to pass");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn no_secret_is_in_arguments_or_messages() {
    let place = Place::new();
    let server = S3Server::shared().unwrap();
    let bucket = format!("remote:{}", server.create_bucket("secrets").unwrap());
    let remote = place.remote(&[("remote", server.params())], &bucket).await;
    let pid = remote.process_id().await.unwrap();
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    let shown = format!("{} {} {remote:?}", String::from_utf8_lossy(&arguments), remote.label());
    assert!(shown.contains("--rc-addr") && !shown.contains(server.secret_key()));
}

#[tokio::test]
async fn closing_leaves_no_process_and_no_folder() {
    let place = Place::new();
    let remote = alias(&place).await;
    let pid = remote.process_id().await.unwrap();
    let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    let socket = arguments.split("unix://").nth(1).unwrap().split('\0').next().unwrap().to_owned();
    let folder = PathBuf::from(socket).parent().unwrap().to_path_buf();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(remote.is_open().await);
    remote.close().await;
    assert!(!runs(pid) && !remote.is_open().await);
    assert_eq!(remote.stat(&path("f")).await.unwrap_err().kind, ErrorKind::Unreachable);
    drop(remote);
    assert!(!folder.exists());
}

fn runs(pid: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Not a test by itself: the process that the next test kills.
#[tokio::test]
#[ignore = "run by rclone_ends_with_the_process_that_started_it"]
async fn helper_that_is_killed() {
    let place = Place::new();
    let remote = alias(&place).await;
    println!("rclone={}", remote.process_id().await.unwrap());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn rclone_ends_with_the_process_that_started_it() {
    use std::io::{BufRead, BufReader};
    let temporary = tempfile::tempdir().unwrap();
    let mut helper = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "lifetime::helper_that_is_killed", "--nocapture"])
        .env("TMPDIR", temporary.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(helper.stdout.take().unwrap());
    let line = output.lines().map(Result::unwrap).find(|line| line.contains("rclone=")).unwrap();
    let pid: u32 = line.split("rclone=").nth(1).unwrap().trim().parse().unwrap();
    assert!(runs(pid));
    helper.kill().unwrap();
    helper.wait().unwrap();
    until(|| !runs(pid)).await;
}
