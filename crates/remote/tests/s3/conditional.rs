//! Small objects that are written only over the version that was seen, by the store itself where it can.

use podfs_sync::{ErrorKind, Remote};
use podfs_testkit::proxy::{Fault, FaultyProxy, Rule};

use crate::fixture::{Place, path};

/// What was sent, in order.
fn methods(proxy: &FaultyProxy) -> Vec<String> {
    proxy.take_requests().into_iter().map(|request| request.method).collect()
}

#[tokio::test]
async fn a_head_costs_one_request_and_a_late_one_is_refused_by_the_store() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    let head = path(b".podfs/head");
    let first = remote.write_small(&head, b"first", None).await.unwrap();
    let second = remote.write_small(&head, b"second", Some(&first)).await.unwrap();
    assert_eq!(methods(&proxy), ["PUT", "PUT"]);
    let seen = remote.read_small(&head, 10).await.unwrap().unwrap();
    assert_eq!((seen.content.as_slice(), seen.version.tag()), (&b"second"[..], second.tag()));
    proxy.take_requests();
    for over in [None, Some(&first)] {
        let error = remote.write_small(&head, b"late", over).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Overtaken, "{error}");
        assert_eq!(methods(&proxy), ["PUT", "GET"], "it was sent, and the store refused it");
    }
    assert_eq!(remote.read_small(&head, 10).await.unwrap().unwrap().content, b"second");
}

/// The request that is sent again meets what the first one wrote.
#[tokio::test]
async fn a_write_whose_answer_was_lost_is_known_as_ours() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    let head = path(b".podfs/head");
    let mut over = None;
    for content in [b"first", b"other", b"third"] {
        proxy.clear();
        proxy.take_requests();
        proxy.fail(Rule::new(Fault::DropAnswer).method("PUT").times(1));
        over = Some(remote.write_small(&head, content, over.as_ref()).await.unwrap());
        assert_eq!(methods(&proxy), ["PUT", "PUT", "GET"]);
        assert_eq!(remote.read_small(&head, 10).await.unwrap().unwrap().content, content);
    }
}

#[tokio::test]
async fn a_store_that_refuses_conditions_is_looked_at_instead() {
    let place = Place::new();
    let head = path(b".podfs/head");
    for status in [400, 405, 501] {
        let (proxy, remote) = place.behind(&[("test_path", &status.to_string())]);
        proxy.fail(Rule::new(Fault::Status(status)).method("PUT").times(1));
        let first = remote.write_small(&head, b"first", None).await.unwrap();
        assert_eq!(methods(&proxy), ["PUT", "GET", "PUT"]);
        let second = remote.write_small(&head, b"second", Some(&first)).await.unwrap();
        assert_eq!(methods(&proxy), ["GET", "PUT"]);
        let error = remote.write_small(&head, b"late", Some(&first)).await.unwrap_err();
        assert_eq!((error.kind, methods(&proxy)), (ErrorKind::Overtaken, vec!["GET".to_owned()]));
        remote.write_small(&head, b"third", Some(&second)).await.unwrap();
    }
}

/// It may ignore them: the store's own refusal is not waited for.
#[tokio::test]
async fn a_store_that_may_not_know_conditions_is_looked_at_first() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("provider", "Other")]);
    let head = path(b".podfs/head");
    let first = remote.write_small(&head, b"first", None).await.unwrap();
    remote.write_small(&head, b"second", Some(&first)).await.unwrap();
    assert_eq!(methods(&proxy), ["GET", "PUT", "GET", "PUT"]);
    for over in [None, Some(&first)] {
        let error = remote.write_small(&head, b"late", over).await.unwrap_err();
        assert_eq!((error.kind, methods(&proxy)), (ErrorKind::Overtaken, vec!["GET".to_owned()]));
    }
}
