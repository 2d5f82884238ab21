//! Remotes that stand for several others.

use std::fs;

use futures::StreamExt;
use podfs_sync::{ErrorKind, Remote};
use podfs_testkit::servers::Params;
use rstest::rstest;

use super::kit::{Place, files, server_for};

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
