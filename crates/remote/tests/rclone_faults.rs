//! What goes wrong around rclone is told clearly, soon, and without harm to what is stored.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests may fail like tests.

mod rclone_kit;

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use podfs_remote::rclone::RcloneRemote;
use podfs_sync::{ErrorKind, Remote, RemoteError};
use podfs_testkit::proxy::{Fault, FaultyProxy, Rule};
use podfs_testkit::servers::{Params, RcloneServer, S3Server, obscure};
use podfs_testkit::tools::OLD_RCLONE;
use rclone_kit::{Place, files, first, params, path};
use rstest::rstest;

/// More than enough on a busy machine; what must not happen is waiting for minutes.
const SOON: Duration = Duration::from_secs(60);

/// Starting and listing, whichever fails first.
async fn first_contact(place: &Place, fs: &str) -> Result<RcloneRemote, RemoteError> {
    let mut options = place.options(fs);
    (options.connect_timeout, options.io_timeout) = (Duration::from_secs(1), Duration::from_secs(1));
    options.attempts = 1;
    let remote = RcloneRemote::start(options).await?;
    match first(&remote).await {
        Some(Err(error)) => Err(error),
        _ => Ok(remote),
    }
}

fn replace(params: &mut Params, key: &str, value: &str) {
    params.retain(|(name, _)| name != key);
    params.push((key.to_owned(), value.to_owned()));
}

fn server_for(kind: &str, store: &Path) -> RcloneServer {
    match kind {
        "sftp" => RcloneServer::sftp(store),
        "webdav" => RcloneServer::webdav(store),
        "ftp" => RcloneServer::ftp(store),
        _ => RcloneServer::s3(store),
    }
    .unwrap()
}

#[rstest]
#[tokio::test]
async fn a_wrong_password_is_denied(#[values("sftp", "webdav", "ftp", "s3")] kind: &str) {
    let place = Place::new();
    let server = server_for(kind, &place.store());
    let mut keys = server.params().unwrap();
    if kind == "s3" {
        replace(&mut keys, "secret_access_key", "wrong-secret-of-mine");
    } else {
        replace(&mut keys, "pass", &obscure("wrong-secret-of-mine").unwrap());
    }
    place.configure(&[("remote", keys)]);
    let error = first_contact(&place, "remote:bucket").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied, "{error}");
    assert!(!format!("{error} {error:?}").contains("wrong-secret-of-mine"));
}

fn params_at(kind: &str, port: u16) -> Params {
    let (url, port, pass) = (format!("http://127.0.0.1:{port}"), port.to_string(), obscure("x").unwrap());
    match kind {
        "webdav" => params(&[("type", "webdav"), ("url", &url), ("vendor", "other")]),
        "s3" => params(&[
            ("type", "s3"),
            ("provider", "Other"),
            ("endpoint", &url),
            ("access_key_id", "x"),
            ("secret_access_key", "x"),
        ]),
        kind => {
            params(&[("type", kind), ("host", "127.0.0.1"), ("port", &port), ("user", "x"), ("pass", &pass)])
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_closed_port_is_unreachable_soon(#[values("sftp", "webdav", "ftp", "s3")] kind: &str) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = Place::new();
    place.configure(&[("remote", params_at(kind, port))]);
    let started = Instant::now();
    let error = first_contact(&place, "remote:bucket").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert!(started.elapsed() < SOON);
}

#[rstest]
#[tokio::test]
async fn a_server_that_never_answers_is_unreachable_soon(
    #[values("sftp", "webdav", "ftp", "s3")] kind: &str,
) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new();
    place.configure(&[("remote", params_at(kind, silent.local_addr().unwrap().port()))]);
    let started = Instant::now();
    let error = first_contact(&place, "remote:bucket").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert!(started.elapsed() < SOON);
}

#[rstest]
#[case(&[("type", "nosuchkind")], "remote:x", "nosuchkind")]
#[case(&[("type", "alias"), ("remote", "/")], "other:x", "section in config file")]
#[case(&[("remote", "/")], "remote:x", "")]
#[case(&[("type", "s3"), ("provider", "Other"), ("chunk_size", "abc")], "remote:x", "chunk_size")]
#[case(&[("type", "sftp"), ("host", "127.0.0.1"), ("pass", "never-obscured!")], "remote:x", "obscured")]
#[tokio::test]
async fn a_bad_configuration_is_told(#[case] keys: &[(&str, &str)], #[case] fs: &str, #[case] named: &str) {
    let place = Place::new();
    place.configure(&[("remote", params(keys))]);
    let error = first_contact(&place, fs).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration, "{error}");
    assert!(error.detail.contains(named), "{error}");
}

#[rstest]
#[case::missing(None, "it is not there")]
#[case::too_old(Some("echo 'rclone v1.53.3'"), "it is version 1.53.3")]
#[case::truly_old(None, "it is version 1.65.2")]
#[case::something_else(Some("echo hello"), "it does not tell its version")]
#[tokio::test]
async fn an_rclone_that_does_not_fit_is_refused(#[case] script: Option<&str>, #[case] told: &str) {
    let place = Place::new();
    let mut options = place.options("remote:x");
    options.binary = Some(place.path().join("not-rclone"));
    if let Some(script) = script {
        let program = place.path().join("not-rclone");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    if told.contains("1.65.2") {
        options.binary = Some(OLD_RCLONE.path().unwrap());
    }
    let error = RcloneRemote::start(options).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    for piece in [told, "rclone 1.", "or newer", "package manager", "rclone.org/downloads", "PODFS_RCLONE"] {
        assert!(error.detail.contains(piece), "{error}");
    }
}

/// A remote on the local disk, which keeps partial uploads visible.
async fn alias(place: &Place) -> RcloneRemote {
    let keys = params(&[("type", "alias"), ("remote", &place.store().display().to_string())]);
    place.remote(&[("remote", keys)], "remote:").await
}

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
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_while_it_is_read_replaces_nothing(#[values("sftp", "s3", "alias")] kind: &str) {
    let place = Place::new();
    let (remote, _server) = changing_remote(kind, &place).await;
    place.put(&remote, "f", b"good").await.unwrap();
    let size = 32 << 20;
    let at = place.files().join("f");
    let file = File::options().write(true).open(&at).unwrap();
    file.set_len(size).unwrap();
    let done = AtomicBool::new(false);
    let error = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                file.write_all_at(b"x", size - 1).unwrap();
            }
        });
        let uploaded = tokio::task::block_in_place(|| {
            let source = place.open(&path("f"));
            tokio::runtime::Handle::current().block_on(remote.upload(&source, &path("f")))
        });
        done.store(true, Ordering::Release);
        writing.join().unwrap();
        uploaded.unwrap_err()
    });
    assert_eq!(error.kind, ErrorKind::SourceChanged, "{error}");
    assert_eq!(place.get(&remote, "f").await.unwrap(), b"good");
    assert_eq!(files(&remote).await.len(), 1);
}

async fn changing_remote(kind: &str, place: &Place) -> (RcloneRemote, Option<RcloneServer>) {
    match kind {
        "sftp" => {
            let server = RcloneServer::sftp(&place.store()).unwrap();
            (place.remote(&[("remote", server.params().unwrap())], "remote:").await, Some(server))
        }
        "s3" => {
            let server = S3Server::shared().unwrap();
            let bucket = format!("remote:{}", server.create_bucket("changing").unwrap());
            (place.remote(&[("remote", server.params())], &bucket).await, None)
        }
        _ => (alias(place).await, None),
    }
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

/// A remote on a real S3 server behind a proxy.
async fn proxied(place: &Place) -> (RcloneRemote, FaultyProxy) {
    let server = S3Server::shared().unwrap();
    let proxy = FaultyProxy::start(server.addr()).unwrap();
    let bucket = format!("remote:{}/tree", server.create_bucket("faults").unwrap());
    let remote = place.remote(&[("remote", server.params_through(&proxy.endpoint()))], &bucket).await;
    (remote, proxy)
}

#[rstest]
#[tokio::test]
async fn a_fault_that_passes_is_tried_again(
    #[values(Fault::Status(500), Fault::SlowDown, Fault::Reset, Fault::DropAnswer)] fault: Fault,
) {
    let place = Place::new();
    let (remote, proxy) = proxied(&place).await;
    proxy.fail(Rule::new(fault).method("PUT").nth(1));
    place.put(&remote, "f", b"content").await.unwrap();
    proxy.fail(Rule::new(fault).method("GET").nth(1));
    assert_eq!(place.get(&remote, "f").await.unwrap(), b"content");
    assert_eq!(proxy.faults(), 2);
}

#[rstest]
#[case(Fault::Status(500), ErrorKind::Unavailable)]
#[case(Fault::SlowDown, ErrorKind::Unavailable)]
#[case(Fault::Reset, ErrorKind::Unreachable)]
#[tokio::test]
async fn a_fault_that_stays_is_told_and_leaves_the_old_content(
    #[case] fault: Fault,
    #[case] kind: ErrorKind,
) {
    let place = Place::new();
    let (remote, proxy) = proxied(&place).await;
    place.put(&remote, "f", b"good").await.unwrap();
    proxy.fail(Rule::new(fault).method("PUT"));
    let error = place.put(&remote, "f", b"better").await.unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    proxy.clear();
    assert_eq!(place.get(&remote, "f").await.unwrap(), b"good");
}

#[tokio::test]
async fn a_download_that_is_cut_off_fails_or_is_made_whole() {
    let place = Place::new();
    let (remote, proxy) = proxied(&place).await;
    let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    place.put(&remote, "f", &content).await.unwrap();
    proxy.fail(Rule::new(Fault::Truncate(1000)).method("GET").nth(1));
    assert_eq!(place.get(&remote, "f").await.unwrap(), content);
    proxy.clear();
    proxy.fail(Rule::new(Fault::Truncate(0)).method("GET"));
    assert!(place.get(&remote, "f").await.is_err());
}

#[tokio::test]
async fn a_new_file_costs_one_put_and_one_look() {
    let place = Place::new();
    let (remote, proxy) = proxied(&place).await;
    place.put(&remote, "warm-up", b"x").await.unwrap();
    proxy.take_requests();
    place.put(&remote, "f", b"x").await.unwrap();
    let methods: Vec<String> = proxy.take_requests().into_iter().map(|request| request.method).collect();
    assert_eq!(methods, ["PUT", "HEAD"]);
}

#[rstest]
#[tokio::test]
async fn a_file_in_a_folders_way_is_a_conflict(#[values("sftp", "alias")] kind: &str) {
    let place = Place::new();
    let (remote, _server) = changing_remote(kind, &place).await;
    place.put(&remote, "f", b"x").await.unwrap();
    fs::remove_file(place.files().join("f")).unwrap();
    let error = place.put(&remote, "f/below", b"x").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    let remote = RcloneRemote::start(place.options("remote:f")).await;
    let error = remote.map(|remote| remote.label()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
}

/// Without a look of our own, rclone shows what the other upstreams hold.
#[rstest]
#[case::union(&[("type", "union"), ("upstreams", "HERE served:")], "remote:tree")]
#[case::read_only(&[("type", "union"), ("upstreams", "HERE:ro served:/:ro")], "remote:/tree")]
#[case::alias_of_a_union(&[("type", "alias"), ("remote", "un:tree")], "remote:")]
#[case::combine_with_a_union(&[("type", "combine"), ("upstreams", "x=HERE y=un:tree")], "remote:")]
#[case::combine(&[("type", "combine"), ("upstreams", "x=HERE y=served:tree")], "remote:")]
#[tokio::test]
async fn a_union_without_one_of_its_upstreams_is_an_error_not_a_smaller_tree(
    #[case] keys: &[(&str, &str)],
    #[case] fs: &str,
    #[values("sftp", "webdav")] kind: &str,
) {
    let place = Place::new();
    let [here, there] = ["files", "store"].map(|name| place.path().join(name).join("tree"));
    for (folder, name) in [(&here, "here"), (&there, "there")] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join(name), name).unwrap();
    }
    let mut server = server_for(kind, &place.store());
    let disk = place.files().display().to_string();
    let with_disk = |keys: &[(&str, &str)]| -> Params {
        keys.iter().map(|(key, value)| ((*key).to_owned(), value.replace("HERE", &disk))).collect()
    };
    let union = with_disk(&[("type", "union"), ("upstreams", "HERE served:")]);
    let sections = [("remote", with_disk(keys)), ("un", union), ("served", server.params().unwrap())];
    let remote = place.remote(&sections, fs).await;
    assert!(files(&remote).await.len() >= 2);
    server.process().kill().unwrap();
    let listed: Vec<_> = remote.list().collect().await;
    let error = listed.into_iter().find_map(Result::err).unwrap();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
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
        .args(["--ignored", "--exact", "helper_that_is_killed", "--nocapture"])
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
