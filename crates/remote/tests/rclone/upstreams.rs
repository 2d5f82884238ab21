//! Remotes that stand for several others.

use std::fs;

use futures::StreamExt;
use podfs_sync::{ErrorKind, Remote};
use podfs_testkit::servers::Params;
use rstest::rstest;

use super::kit::{Place, files, params, path, server_for};

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

/// Stock rclone leaves the old version where it is when the new one goes to another upstream, and shows either by chance.
#[tokio::test]
async fn a_new_version_of_a_file_leaves_no_older_one_on_another_upstream() {
    let place = Place::new();
    let [one, two] = ["one", "two"].map(|name| place.store().join(name));
    for folder in [&one, &two] {
        fs::create_dir(folder).unwrap();
    }
    fs::write(one.join("a"), "old").unwrap();
    // New files go to the second.
    let upstreams = format!("{}:nc {}", one.display(), two.display());
    let keys = params(&[("type", "union"), ("upstreams", &upstreams)]);
    let remote = place.remote(&[("remote", keys)], "remote:").await;
    for content in ["newer", "newest"] {
        remote.upload(&place.source(&path("a"), content.as_bytes()), &path("a")).await.unwrap();
        assert!(!one.join("a").exists());
        assert_eq!(fs::read_to_string(two.join("a")).unwrap(), content);
    }
    assert_eq!(fs::read_dir(&two).unwrap().count(), 1);
}
