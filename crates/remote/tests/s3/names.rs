//! No name is altered on its way, however odd.

use std::collections::BTreeSet;

use futures::StreamExt;
use podfs_sync::{ErrorKind, Listed, Remote};
use podfs_testkit::tree::odd_names;

use crate::fixture::{Place, listed, path};

/// Names that XML, URLs or signatures are known to damage.
const DELICATE: [&[u8]; 12] = [
    b"foo ",
    b" foo",
    b"\tfoo\t",
    b"foo\n",
    b"a\rb",
    b"back\\slash",
    b"%41",
    b"a+b",
    b"q?x=1&y#z",
    b"!*'();:@,",
    b"\x01\x1f\x7f",
    b"~tilde_-.",
];

/// The test server turns `\` into `/` (so would stock rclone's files be), so it must not get any.
const BACKSLASH: (&str, &str) = ("encoding", "Slash,InvalidUtf8,Dot,BackSlash");

fn names() -> BTreeSet<Vec<u8>> {
    let names = DELICATE.iter().map(|name| name.to_vec()).chain(odd_names());
    let nested = DELICATE.iter().map(|name| [b"dir /", *name, b"/x"].concat());
    names.collect::<BTreeSet<_>>().into_iter().chain(nested).collect()
}

async fn come_back(keys: &[(&str, &str)]) {
    let place = Place::new();
    let remote = place.remote(keys);
    let names = names();
    for name in &names {
        place.upload(&remote, name, name).await;
    }
    let entries = listed(&remote).await;
    assert_eq!(entries.keys().cloned().collect::<BTreeSet<_>>(), names);
    for (name, entry) in &entries {
        assert_eq!(&place.fetch(&remote, entry).await.unwrap().0, name);
        assert!(remote.stat(&entry.path).await.unwrap().is_some());
    }
    let paths: Vec<_> = entries.into_values().map(|entry| entry.path).collect();
    assert_eq!(remote.delete(&paths).await.len(), 0);
    assert_eq!(listed(&remote).await.len(), 0);
}

#[tokio::test]
async fn odd_names_come_back_from_plain_listings() {
    come_back(&[("provider", "Other"), BACKSLASH]).await;
}

#[tokio::test]
async fn odd_names_come_back_from_encoded_listings() {
    come_back(&[("provider", "Minio"), ("test_path", "pre fix/ä+%41"), BACKSLASH]).await;
}

#[tokio::test]
async fn the_store_has_the_very_key() {
    let place = Place::new();
    let remote = place.remote(&[]);
    for (name, key) in [(&b"foo "[..], "foo%20"), (b" a+b%41", "%20a%2Bb%2541"), (b"t\t\n", "t%09%0A")] {
        place.upload(&remote, name, b"x").await;
        assert!(place.exists(key), "{key}");
    }
    assert!(!place.exists("foo"));
}

#[tokio::test]
async fn a_backslash_is_sent_as_one_unless_the_store_is_known_to_swallow_it() {
    let place = Place::new();
    let (proxy, remote) = place.behind(&[("provider", "Other")]);
    place.upload(&remote, b"a\\b", b"x").await;
    assert_eq!(proxy.requests()[0].path(), format!("/{}/a%5Cb", place.bucket));
    let refused = place.remote(&[("provider", "SeaweedFS")]).check_name(&path(b"a\\b")).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Name);
}

#[tokio::test]
async fn names_that_no_key_can_hold_are_refused() {
    let place = Place::new();
    let remote = place.remote(&[]);
    let long = path([&[b'x'; 250][..]; 5].join(&b'/'));
    assert_eq!(remote.check_name(&long).unwrap_err().kind, ErrorKind::Name);
    assert!(remote.check_name(&path(b"gro\xdf")).is_ok());
    assert_eq!(remote.requests(), Some(0));
}

#[tokio::test]
async fn keys_that_no_volume_can_hold_are_reported_and_folders_passed_over() {
    let place = Place::new();
    for key in ["ok", "folder/", "folder/file"] {
        let target = format!("/{}/{key}", place.bucket);
        assert_eq!(place.server.request("PUT", &target, b"").unwrap().status, 200, "{key}");
    }
    // U+201B is rclone's quotation mark: this spells a byte that needs no quoting.
    let target = format!("/{}/%E2%80%9B41", place.bucket);
    assert_eq!(place.server.request("PUT", &target, b"x").unwrap().status, 200);
    let remote = place.remote(&[]);
    let (mut files, mut unusable) = (Vec::new(), Vec::new());
    let items: Vec<_> = remote.list().collect().await;
    for item in items {
        match item.unwrap() {
            Listed::File(entry) => files.push(entry.path.to_string()),
            Listed::Unknown { path, .. } => unusable.push(path.to_string()),
            Listed::Unusable { name, .. } => unusable.push(name),
        }
    }
    assert_eq!((files, unusable), (vec!["folder/file".to_owned(), "ok".to_owned()], vec!["‛41".to_owned()]));
}
