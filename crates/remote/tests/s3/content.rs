//! Content comes back as it was, at what it should cost.

use podfs_sync::{ErrorKind, Modified, Remote, Timestamp};

use crate::fixture::{Place, listed, path, random};

const TIME: Timestamp = Timestamp::from_nanoseconds(1_600_000_000_123_456_789);

#[tokio::test]
async fn a_file_costs_one_request_each_way() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[]);
    for size in [0, 1, 4096, 256 * 1024, 256 * 1024 + 1, 3_000_001] {
        let content = random(size);
        let name = format!("dir/{size}");
        place.upload(&remote, name.as_bytes(), &content).await;
        let puts = proxy.take_requests();
        assert_eq!(puts.len(), 1, "{size}: {puts:?}");
        let entry = listed(&remote).await.remove(name.as_bytes()).unwrap();
        assert_eq!((entry.size, entry.modified), (size as u64, Modified::Ask));
        proxy.take_requests();
        assert_eq!(place.fetch(&remote, &entry).await.unwrap(), (content, Some(TIME)));
        let gets = proxy.take_requests();
        assert_eq!((gets.len(), gets[0].method.as_str()), (1, "GET"), "{size}: {gets:?}");
    }
    assert!(remote.requests().unwrap() >= 18);
}

#[tokio::test]
async fn a_large_file_goes_in_parts_and_comes_in_ranges() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("upload_cutoff", "16Mi"), ("chunk_size", "16Mi")]);
    let content = random((66 << 20) + 5);
    place.upload(&remote, b"big", &content).await;
    assert_eq!(proxy.take_requests().len(), 1 + 5 + 1);
    assert_eq!(place.unfinished(), 0);
    let entry = listed(&remote).await.remove(&b"big"[..]).unwrap();
    proxy.take_requests();
    let (fetched, modified) = place.fetch(&remote, &entry).await.unwrap();
    assert!(fetched == content);
    assert_eq!(modified, Some(TIME));
    assert_eq!(proxy.take_requests().len(), 4);
}

#[tokio::test]
async fn looking_at_a_file_tells_its_time() {
    let place = Place::new();
    let remote = place.remote(&[]);
    let file = place.upload(&remote, b"a.txt", b"hello").await;
    let entry = remote.stat(&file).await.unwrap().unwrap();
    assert_eq!((entry.size, entry.modified), (5, Modified::At(TIME)));
    assert_eq!(entry.tag, listed(&remote).await.remove(&b"a.txt"[..]).unwrap().tag);
    assert_eq!(remote.stat(&path(b"b")).await.unwrap(), None);
    let head = place.head("a.txt");
    assert_eq!(head.header("x-amz-meta-mtime"), Some("1600000000.123456789"));
    assert_eq!(head.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[tokio::test]
async fn an_object_without_a_time_has_the_time_when_it_was_stored() {
    let place = Place::new();
    let remote = place.remote(&[]);
    let target = format!("/{}/foreign", place.bucket);
    assert_eq!(place.server.request("PUT", &target, b"x").unwrap().status, 200);
    let entry = remote.stat(&path(b"foreign")).await.unwrap().unwrap();
    let Modified::StoredAt(stored) = entry.modified else { panic!("{entry:?}") };
    let age = Timestamp::now().nanoseconds() - stored.nanoseconds();
    assert!(age.abs() < 60_000_000_000, "{age} ns");
}

#[tokio::test]
async fn small_objects_of_our_own_are_read_and_written() {
    let place = Place::new();
    let remote = place.remote(&[("test_path", "deep/down")]);
    let head = path(b".podfs/head");
    assert_eq!(remote.read_small(&head, 10).await.unwrap(), None);
    remote.write_small(&head, b"0123456789", None).await.unwrap();
    assert_eq!(remote.read_small(&head, 10).await.unwrap().unwrap().content, b"0123456789");
    assert_eq!(remote.read_small(&head, 9).await.unwrap_err().kind, ErrorKind::Corrupt);
    assert!(place.exists("deep/down/.podfs/head"));
}

#[tokio::test]
async fn a_directory_of_the_bucket_is_a_world_of_its_own() {
    let place = Place::new();
    let inner = place.remote(&[("test_path", "a/b")]);
    place.upload(&place.remote(&[]), b"a/bc/other", b"x").await;
    place.upload(&inner, b"mine", b"x").await;
    assert!(place.exists("a/b/mine"));
    assert_eq!(listed(&inner).await.into_keys().collect::<Vec<_>>(), [b"mine"]);
    assert!(inner.label().starts_with(&format!("s3 {}/a/b at http://127.0.0.1:", place.bucket)));
}

#[tokio::test]
async fn a_listing_is_read_page_by_page() {
    let place = Place::new();
    let writer = place.remote(&[]);
    for index in 0..7 {
        place.upload(&writer, format!("d{}/f {index}+%", index % 3).as_bytes(), b"x").await;
    }
    for version in ["1", "2"] {
        for encoded in ["true", "false"] {
            let keys = [("list_version", version), ("list_url_encode", encoded), ("list_chunk", "2")];
            let (proxy, remote) = place.behind(&keys);
            assert_eq!(listed(&remote).await.len(), 7, "{keys:?}");
            // Some stores end a page early where a folder ends.
            assert!(proxy.requests().len() >= 4, "{keys:?}");
        }
    }
}

#[tokio::test]
async fn preparing_makes_the_bucket_once() {
    let place = Place::new();
    let bucket = format!("{}-made", place.bucket);
    let params = place.server.params();
    let remote = podfs_remote::s3::S3Remote::new(crate::fixture::options(params, &bucket, &[])).unwrap();
    remote.prepare().await.unwrap();
    assert_eq!(remote.requests(), Some(2));
    remote.prepare().await.unwrap();
    assert_eq!(remote.requests(), Some(3));
    assert_eq!(listed(&remote).await.len(), 0);
}
