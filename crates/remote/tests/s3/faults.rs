//! A store and a network that fail in every way that they do.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podfs_remote::s3::S3Remote;
use podfs_sync::local::{Encoding, ReadPlain};
use podfs_sync::{ErrorKind, Remote, RemoteError};
use podfs_testkit::proxy::{Fault, Rule};

use crate::fixture::{Place, SOON, list_error, listed, options, random};

#[tokio::test]
async fn errors_that_pass_are_tried_again() {
    let place = Place::new();
    for fault in [Fault::Status(500), Fault::Status(503), Fault::SlowDown, Fault::Reset, Fault::DropAnswer] {
        let (proxy, remote) = place.behind(&[]);
        proxy.fail(Rule::new(fault).method("PUT").times(2));
        place.upload(&remote, b"file", b"content").await;
        assert_eq!((proxy.requests().len(), remote.requests()), (3, Some(3)), "{fault:?}");
        proxy.fail(Rule::new(fault).method("GET").times(2));
        let entry = listed(&remote).await.remove(&b"file"[..]).unwrap();
        proxy.take_requests();
        proxy.fail(Rule::new(fault).method("GET").times(2));
        assert_eq!(place.fetch(&remote, &entry).await.unwrap().0, b"content");
        assert_eq!(proxy.requests().len(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_store_that_keeps_failing_is_unavailable() {
    let place = Place::new();
    let file = place.write(b"file", b"content");
    for fault in [Fault::Status(500), Fault::SlowDown] {
        let (proxy, remote) = place.behind(&[]);
        proxy.fail(Rule::new(fault));
        let error = remote.upload(&place.source(&file), &file).await.unwrap_err();
        assert_eq!((error.kind, proxy.requests().len()), (ErrorKind::Unavailable, 4), "{error}");
        assert_eq!(list_error(&remote).await.kind, ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn connections_that_keep_breaking_make_it_unreachable() {
    let place = Place::new();
    let file = place.write(b"file", b"content");
    let (proxy, remote) = place.behind(&[]);
    proxy.fail(Rule::new(Fault::Reset));
    let error = remote.upload(&place.source(&file), &file).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert_eq!(remote.requests(), Some(3));
}

#[tokio::test]
async fn a_request_that_stalls_once_is_sent_again() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    proxy.fail(Rule::new(Fault::Stall).times(1));
    place.upload(&remote, b"file", &random(600_000)).await;
    assert_eq!(remote.requests(), Some(2));
}

#[tokio::test]
async fn a_store_that_stalls_for_good_is_unreachable_in_bounded_time() {
    let place = Place::new();
    let file = place.write(b"file", &random(600_000));
    let (proxy, _) = place.behind(&[]);
    let mut options = options(place.server.params_through(&proxy.endpoint()), &place.bucket, &[]);
    options.limits.idle = Duration::from_millis(300);
    let remote = S3Remote::new(options).unwrap();
    proxy.fail(Rule::new(Fault::Stall));
    let gives_up = async {
        let error = remote.upload(&place.source(&file), &file).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
        assert_eq!(list_error(&remote).await.kind, ErrorKind::Unreachable);
    };
    tokio::time::timeout(SOON, gives_up).await.unwrap();
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke() {
    let place = Place::new();
    let content = random(2_000_000);
    place.upload(&place.remote(&[]), b"file", &content).await;
    let (proxy, remote) = place.behind(&[]);
    let entry = listed(&remote).await.remove(&b"file"[..]).unwrap();
    proxy.take_requests();
    proxy.fail(Rule::new(Fault::Truncate(700_000)).method("GET").times(2));
    assert!(place.fetch(&remote, &entry).await.unwrap().0 == content);
    assert_eq!(proxy.requests().len(), 3);
    // Without progress there is an end.
    proxy.clear();
    proxy.take_requests();
    proxy.fail(Rule::new(Fault::Truncate(0)).method("GET"));
    let error = place.fetch(&remote, &entry).await.unwrap_err();
    assert_eq!((error.kind, proxy.requests().len()), (ErrorKind::Unavailable, 4), "{error}");
}

#[tokio::test]
async fn a_listing_that_breaks_off_is_asked_for_again() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    place.upload(&remote, b"file", b"content").await;
    proxy.take_requests();
    proxy.fail(Rule::new(Fault::Truncate(100)).times(1));
    assert_eq!(listed(&remote).await.len(), 1);
    assert_eq!(proxy.requests().len(), 2);
}

#[tokio::test]
async fn a_small_object_that_breaks_off_is_read_again() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    let head = crate::fixture::path(b".podfs/head");
    remote.write_small(&head, b"0123456789", None).await.unwrap();
    proxy.fail(Rule::new(Fault::Truncate(3)).method("GET").times(1));
    assert_eq!(remote.read_small(&head, 10).await.unwrap().unwrap().content, b"0123456789");
    assert_eq!(proxy.count(|request| request.method == "GET"), 2);
}

#[tokio::test]
async fn parts_are_sent_again_one_by_one() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("upload_cutoff", "5Mi")]);
    proxy.fail(Rule::new(Fault::Reset).when(|request| request.query("partNumber") == Some("2")).times(2));
    let content = random(11 << 20);
    place.upload(&remote, b"file", &content).await;
    assert_eq!(proxy.requests().len(), 1 + 3 + 2 + 1);
    let entry = listed(&remote).await.remove(&b"file"[..]).unwrap();
    assert!(place.fetch(&remote, &entry).await.unwrap().0 == content);
}

#[tokio::test]
async fn an_upload_in_parts_that_fails_leaves_nothing() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("upload_cutoff", "5Mi")]);
    let file = place.write(b"file", &random(11 << 20));
    proxy.fail(Rule::new(Fault::Status(500)).when(|request| request.query("partNumber") == Some("3")));
    let error = remote.upload(&place.source(&file), &file).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    assert_eq!((place.exists("file"), place.unfinished()), (false, 0));
}

#[tokio::test]
async fn a_lost_answer_to_the_last_request_of_an_upload_in_parts_is_no_failure() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("upload_cutoff", "5Mi")]);
    let finishing = |request: &podfs_testkit::proxy::RequestRecord| {
        request.method == "POST" && request.query("uploadId").is_some()
    };
    proxy.fail(Rule::new(Fault::DropAnswer).when(finishing).times(1));
    place.upload(&remote, b"file", &random(6 << 20)).await;
    assert_eq!(proxy.faults(), 1);
    assert!(place.exists("file"));
}

#[tokio::test]
async fn an_upload_that_the_caller_drops_leaves_nothing() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("upload_cutoff", "5Mi")]);
    let file = place.write(b"file", &random(11 << 20));
    proxy.fail(Rule::new(Fault::Stall).when(|request| request.query("partNumber") == Some("3")));
    let source = place.source(&file);
    {
        let upload = remote.upload(&source, &file);
        tokio::pin!(upload);
        while proxy.faults() == 0 {
            let step = tokio::time::timeout(Duration::from_millis(5), &mut upload).await;
            assert!(step.is_err(), "the third part cannot have arrived");
        }
    }
    let aborted = |request: &podfs_testkit::proxy::RequestRecord| request.method == "DELETE";
    let thrown_away = async {
        while place.unfinished() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, thrown_away).await.unwrap();
    assert_eq!((proxy.count(aborted), place.exists("file")), (1, false));
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_replaces_nothing() {
    // From memory (nothing is sent at all), as it is read, and in parts (begun, three parts, thrown away).
    for (size, cutoff, requests) in [(200_000, "200Mi", 0), (1_000_000, "200Mi", 1), (11 << 20, "5Mi", 5)] {
        let place = Place::new();
        let remote = place.remote(&[("upload_cutoff", cutoff)]);
        place.upload(&remote, b"file", b"old").await;
        let file = place.write(b"file", &random(size));
        let source = place.source(&file);
        place.write(b"file", &random(size));
        let before = remote.requests().unwrap();
        let error = remote.upload(&source, &file).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::SourceChanged, "{size}: {error}");
        assert!(remote.requests().unwrap() - before <= requests, "{size}");
        let entry = listed(&remote).await.remove(&b"file"[..]).unwrap();
        assert_eq!(place.fetch(&remote, &entry).await.unwrap().0, b"old", "{size}");
        assert_eq!(place.unfinished(), 0);
    }
}

#[tokio::test]
async fn a_file_that_changes_between_hashing_and_sending_replaces_nothing() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("upload_cutoff", "5Mi")]);
    place.upload(&remote, b"file", b"old").await;
    let file = place.write(b"file", &random(11 << 20));
    let source = place.source(&file);
    proxy.delay(Duration::from_millis(200));
    let upload = remote.upload(&source, &file);
    tokio::pin!(upload);
    while proxy.count(|request| request.query("uploads").is_some()) == 0 {
        let step = tokio::time::timeout(Duration::from_millis(5), &mut upload).await;
        assert!(step.is_err(), "no part can have arrived");
    }
    place.write(b"file", &random(11 << 20));
    assert_eq!(upload.await.unwrap_err().kind, ErrorKind::SourceChanged);
    let entry = listed(&remote).await.remove(&b"file"[..]).unwrap();
    assert_eq!(place.fetch(&remote, &entry).await.unwrap().0, b"old");
    assert_eq!(place.unfinished(), 0);
}

/// A file that nobody writes to, and that reads otherwise the second time.
#[derive(Debug, Default)]
struct Unsteady {
    size: u64,
    seen: Mutex<BTreeSet<u64>>,
}

impl Encoding for Unsteady {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, offset: u64, buffer: &mut [u8], read: &mut ReadPlain<'_>) -> Result<(), RemoteError> {
        read(offset, buffer)?;
        if !self.seen.lock().unwrap().insert(offset) {
            buffer[0] = !buffer[0];
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_file_that_is_not_sent_as_it_was_hashed_replaces_nothing() {
    let place = Place::new();
    let remote = place.remote(&[("upload_cutoff", "5Mi")]);
    place.upload(&remote, b"file", b"old").await;
    let file = place.write(b"file", &random(11 << 20));
    let unsteady = Unsteady { size: 11 << 20, ..Unsteady::default() };
    let source = place.source(&file).encoded(Arc::new(unsteady));
    assert_eq!(remote.upload(&source, &file).await.unwrap_err().kind, ErrorKind::Corrupt);
    let entry = listed(&remote).await.remove(&b"file"[..]).unwrap();
    assert_eq!(place.fetch(&remote, &entry).await.unwrap().0, b"old");
    assert_eq!(place.unfinished(), 0);
}

#[tokio::test]
async fn an_object_that_was_replaced_since_it_was_listed_is_not_taken() {
    let place = Place::new();
    let remote = place.remote(&[]);
    let file = place.upload(&remote, b"file", b"one").await;
    let entry = listed(&remote).await.remove(&b"file"[..]).unwrap();
    place.upload(&remote, b"file", b"two").await;
    assert_eq!(place.fetch(&remote, &entry).await.unwrap_err().kind, ErrorKind::SourceChanged);
    remote.delete(&[file]).await;
    assert_eq!(place.fetch(&remote, &entry).await.unwrap_err().kind, ErrorKind::NotFound);
}
