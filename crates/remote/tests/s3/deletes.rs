//! Deletes: in batches, one by one where XML fails, and never a lie about what is gone.

use podfs_sync::{ErrorKind, Remote};
use podfs_testkit::proxy::{Fault, Rule};

use crate::fixture::{Place, listed, path};

#[tokio::test]
async fn a_batch_is_one_request_and_control_characters_go_alone() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    let mut paths = Vec::new();
    for name in ["a", "b & <c>", "sub/d ", "e\"'", "tab\t", "line\n"] {
        paths.push(place.upload(&remote, name.as_bytes(), b"x").await);
    }
    let kept = place.upload(&remote, b"kept", b"x").await;
    paths.push(path(b"never-there"));
    proxy.take_requests();
    assert_eq!(remote.delete(&paths).await.len(), 0);
    let requests = proxy.take_requests();
    let posts = requests.iter().filter(|request| request.method == "POST").count();
    assert_eq!((requests.len(), posts), (3, 1), "{requests:?}");
    assert_eq!(listed(&remote).await.into_keys().collect::<Vec<_>>(), [kept.as_bytes()]);
}

#[tokio::test]
async fn a_thousand_keys_fit_one_request() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    let paths: Vec<_> = (0..1001).map(|index| path(format!("f{index}"))).collect();
    place.upload(&remote, b"f7", b"x").await;
    proxy.take_requests();
    assert_eq!(remote.delete(&paths).await.len(), 0);
    assert_eq!(proxy.requests().len(), 2);
    assert!(!place.exists("f7"));
}

#[tokio::test]
async fn one_file_is_deleted_by_itself() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    let one = place.upload(&remote, b"one", b"x").await;
    assert_eq!(remote.delete(std::slice::from_ref(&one)).await.len(), 0);
    assert_eq!(remote.delete(&[one]).await.len(), 0);
    assert_eq!(proxy.count(|request| request.method == "DELETE"), 2);
}

#[tokio::test]
async fn a_store_without_batches_is_asked_one_by_one() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    let paths = [place.upload(&remote, b"a", b"x").await, place.upload(&remote, b"b", b"x").await];
    proxy.fail(Rule::new(Fault::Status(501)).method("POST"));
    assert_eq!(remote.delete(&paths).await.len(), 0);
    assert_eq!(listed(&remote).await.len(), 0);
}

#[tokio::test]
async fn what_could_not_be_removed_is_said() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    let paths = [place.upload(&remote, b"a", b"x").await, place.upload(&remote, b"b", b"x").await];
    proxy.fail(Rule::new(Fault::SlowDown).method("POST"));
    let failed = remote.delete(&paths).await;
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|(_, error)| error.kind == ErrorKind::Unavailable), "{failed:?}");
    assert_eq!(proxy.faults(), 4);
    assert_eq!(listed(&remote).await.len(), 2);
}
