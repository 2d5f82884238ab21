//! What comes in the way of one file.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};

use podfs_remote::rclone::RcloneRemote;
use podfs_sync::{ErrorKind, Remote};
use podfs_testkit::servers::{RcloneServer, S3Server};
use rstest::rstest;

use super::kit::{Place, alias, files, path};

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
