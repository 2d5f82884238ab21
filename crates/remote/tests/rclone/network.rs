//! Faults on the way to a real S3 server.

use podfs_remote::rclone::RcloneRemote;
use podfs_sync::ErrorKind;
use podfs_testkit::proxy::{Fault, FaultyProxy, Rule};
use podfs_testkit::servers::S3Server;
use rstest::rstest;

use super::kit::Place;

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
