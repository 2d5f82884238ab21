//! Copies that the store makes, by itself and under the conditions that we give it.

use podfs_remote::s3::S3Remote;
use podfs_sync::manifest::Stored;
use podfs_sync::{Entry, ErrorKind, Remote, RemoteError};
use podfs_testkit::proxy::{Fault, Rule};

use crate::fixture::{Place, listed, path, random};

async fn entry(remote: &S3Remote, name: &[u8]) -> Entry {
    remote.stat(&path(name)).await.unwrap().unwrap()
}

async fn copy(remote: &S3Remote, from: &Entry, to: &[u8]) -> Result<Option<Stored>, RemoteError> {
    remote.copy(from, &path(to)).await
}

#[tokio::test]
async fn a_copy_costs_one_request_and_no_content_and_keeps_what_was_said_of_the_original() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("upload_cutoff", "5Mi")]);
    let large = random(11 << 20);
    place.upload(&remote, b"large.txt", &large).await;
    place.upload(&remote, b"small.txt", b"content").await;
    for (name, most) in [("small.txt", 1), ("large.txt", 2)] {
        let original = entry(&remote, name.as_bytes()).await;
        proxy.take_requests();
        let copy_name = format!("copy of {name}");
        let stored = copy(&remote, &original, copy_name.as_bytes()).await.unwrap().unwrap();
        // What was made of parts may get another tag, and is looked at then.
        assert!(proxy.take_requests().len() <= most, "{name}");
        assert_eq!(listed(&remote).await[copy_name.as_bytes()].tag, stored.tag);
        let (from, to) = (place.head(name), place.head(&copy_name.replace(' ', "%20")));
        for header in ["x-amz-meta-mtime", "x-amz-meta-md5chksum", "content-type", "content-length"] {
            assert_eq!(from.header(header), to.header(header), "{name}: {header}");
        }
        assert!(to.header("x-amz-meta-mtime").is_some());
        assert_eq!(to.header("x-amz-meta-md5chksum").is_some(), name == "large.txt");
    }
    let copied = entry(&remote, b"copy of large.txt").await;
    assert!(place.fetch(&remote, &copied).await.unwrap().0 == large);
}

#[tokio::test]
async fn what_has_no_tag_or_is_its_own_copy_is_not_asked_for() {
    let place = Place::new();
    let remote = place.remote(&[]);
    place.upload(&remote, b"file", b"content").await;
    let original = entry(&remote, b"file").await;
    let before = remote.requests();
    assert_eq!(copy(&remote, &original, b"file").await.unwrap(), None);
    assert_eq!(copy(&remote, &Entry { tag: None, ..original.clone() }, b"copy").await.unwrap(), None);
    assert_eq!(copy(&remote, &Entry { size: (5 << 30) + 1, ..original }, b"copy").await.unwrap(), None);
    assert_eq!(remote.requests(), before);
}

#[tokio::test]
async fn a_store_that_does_not_copy_is_uploaded_to_and_one_that_fails_is_told() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    place.upload(&remote, b"file", b"content").await;
    let original = entry(&remote, b"file").await;
    proxy.fail(Rule::new(Fault::DropAnswer).method("PUT").times(1));
    assert!(copy(&remote, &original, b"again").await.unwrap().is_some());
    for status in [400, 405, 501] {
        proxy.clear();
        proxy.fail(Rule::new(Fault::Status(status)).method("PUT"));
        assert_eq!(copy(&remote, &original, b"copy").await.unwrap(), None, "{status}");
    }
    for (fault, kind) in
        [(Fault::Status(500), ErrorKind::Unavailable), (Fault::Reset, ErrorKind::Unreachable)]
    {
        proxy.clear();
        proxy.fail(Rule::new(fault).method("PUT"));
        assert_eq!(copy(&remote, &original, b"copy").await.unwrap_err().kind, kind);
    }
    assert!(!place.exists("copy"));
}
