//! What keeps a remote from being used is told at first contact, soon, and with what to do.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use podfs_remote::rclone::RcloneRemote;
use podfs_sync::{ErrorKind, RemoteError};
use podfs_testkit::servers::{Params, obscure};
use podfs_testkit::tools::OLD_RCLONE;
use rstest::rstest;

use super::kit::{Place, SOON, first, params, params_at, server_for};

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
