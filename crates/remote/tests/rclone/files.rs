//! Every kind of storage through rclone does what the engine relies on, against rclone's own servers.

use std::fs;
use std::time::Duration;

use podfs_remote::rclone::RcloneRemote;
use podfs_sync::{Entry, ErrorKind, Modified, RelativePath, Remote, Timestamp};
use podfs_testkit::servers::{Params, RcloneServer, S3Server, obscure};
use rstest::rstest;

use super::kit::{Place, files, first, hostile_names, params, path};

/// A remote, and what it needs while it is used.
struct Setup {
    place: Place,
    remote: RcloneRemote,
    _server: Option<RcloneServer>,
}

async fn setup(kind: &str) -> Setup {
    let place = Place::new();
    let store = place.store();
    let shown = store.display().to_string();
    let (sections, fs, server): (Vec<(&str, Params)>, &str, Option<RcloneServer>) = match kind {
        "sftp" => served(RcloneServer::sftp(&store).unwrap(), "remote:tree"),
        "webdav" => served(RcloneServer::webdav(&store).unwrap(), "remote:tree"),
        "ftp" => served(RcloneServer::ftp(&store).unwrap(), "remote:tree"),
        "s3" => {
            let server = S3Server::shared().unwrap();
            let fs = format!("remote:{}/tree", server.create_bucket("tree").unwrap());
            let remote = place.remote(&[("remote", server.params())], &fs).await;
            return Setup { place, remote, _server: None };
        }
        "rclone s3" => {
            fs::create_dir(store.join("bucket")).unwrap();
            served(RcloneServer::s3(&store).unwrap(), "remote:bucket/tree")
        }
        "alias" => (vec![("remote", params(&[("type", "alias"), ("remote", &shown)]))], "remote:tree", None),
        "combine" => {
            let upstreams = format!("here={shown}/one there={shown}/two");
            (vec![("remote", params(&[("type", "combine"), ("upstreams", &upstreams)]))], "remote:here", None)
        }
        "union" => {
            let upstreams = format!("{shown}/one {shown}/two");
            for name in ["one", "two"] {
                fs::create_dir(store.join(name)).unwrap();
            }
            (vec![("remote", params(&[("type", "union"), ("upstreams", &upstreams)]))], "remote:tree", None)
        }
        "crypt" => {
            let keys =
                [("type", "crypt"), ("remote", shown.as_str()), ("password", &obscure("secret").unwrap())];
            (vec![("remote_encrypted", params(&keys))], "remote_encrypted:", None)
        }
        other => panic!("no kind {other}"),
    };
    let remote = place.remote(&sections, fs).await;
    remote.prepare().await.unwrap();
    Setup { place, remote, _server: server }
}

fn served(
    server: RcloneServer,
    fs: &'static str,
) -> (Vec<(&'static str, Params)>, &'static str, Option<RcloneServer>) {
    (vec![("remote", server.params().unwrap())], fs, Some(server))
}

#[rstest]
#[tokio::test]
async fn files_with_any_name_go_there_and_back(
    #[values("sftp", "webdav", "ftp", "s3", "rclone s3", "alias", "combine", "union", "crypt")] kind: &str,
) {
    let Setup { place, remote, _server } = setup(kind).await;
    let mut names = hostile_names();
    names.retain(|name| survives(kind, name));
    if kind != "crypt" {
        // Encryption makes names longer than the store takes.
        names.push(path(&"n".repeat(255)));
    }
    for name in &names {
        remote.check_name(name).unwrap();
        remote.upload(&place.source(name, name.as_bytes()), name).await.unwrap();
    }
    let listed = files(&remote).await;
    names.sort();
    assert_eq!(listed.iter().map(|entry| entry.path.clone()).collect::<Vec<_>>(), names);
    for entry in &listed {
        assert_eq!(entry.size, entry.path.as_bytes().len() as u64, "{}", entry.path);
        let (content, time) = place.fetch_with_time(&remote, entry).await.unwrap();
        assert_eq!(content, entry.path.as_bytes());
        check_times(&place, &remote, entry, time).await;
    }
    assert!(remote.delete(&names).await.is_empty());
    assert_eq!(files(&remote).await, []);
}

/// Whether the server, whatever its client, keeps this name.
fn survives(kind: &str, name: &RelativePath) -> bool {
    let bytes = name.as_bytes();
    match kind {
        // It answers 500 to a key with a control character, and quotes a quoted byte once more.
        "rclone s3" => !bytes.iter().any(u8::is_ascii_control) && str::from_utf8(bytes).is_ok(),
        // SeaweedFS takes a backslash for a slash, and its XML cannot hold U+0001.
        "s3" => !bytes.contains(&b'\\') && !bytes.contains(&1),
        _ => true,
    }
}

/// The time that the file had, in the steps that the store can keep, where it can.
async fn check_times(place: &Place, remote: &RcloneRemote, entry: &Entry, came: Option<Timestamp>) {
    let stat = remote.stat(&entry.path).await.unwrap().unwrap();
    assert_eq!((&stat.path, stat.size), (&entry.path, entry.size));
    let original = place.open(&entry.path).state().modified;
    let precision = remote.abilities().time_precision;
    let fits = |time: Timestamp| precision.is_some_and(|step| time.same_within(original, step));
    assert!(if precision.is_some() { came.is_some_and(fits) } else { came.is_none() }, "{came:?}");
    match (entry.modified, stat.modified) {
        (Modified::At(listed), Modified::At(told)) => {
            assert!(fits(listed) && fits(told), "{entry:?} {stat:?}");
        }
        (Modified::Ask, Modified::At(told)) => assert!(fits(told), "{stat:?}"),
        (Modified::StoredAt(_), Modified::StoredAt(_)) => assert_eq!(precision, None),
        other => panic!("{}: {other:?}", entry.path),
    }
}

#[rstest]
#[tokio::test]
async fn what_is_there_is_replaced_and_what_is_not_is_told(
    #[values("sftp", "webdav", "ftp", "s3", "rclone s3", "alias", "combine", "union", "crypt")] kind: &str,
) {
    let Setup { place, remote, _server } = setup(kind).await;
    assert_eq!(remote.stat(&path("a/b")).await.unwrap(), None);
    assert_eq!(place.get(&remote, "a/b").await.unwrap_err().kind, ErrorKind::NotFound);
    for content in [b"first".as_slice(), b"second", b"third", b""] {
        place.put(&remote, "a/b", content).await.unwrap();
        assert_eq!(place.get(&remote, "a/b").await.unwrap(), content);
    }
    place.put(&remote, "a/b", b"last").await.unwrap();
    assert_eq!(files(&remote).await.len(), 1);
    assert_eq!(remote.stat(&path("a")).await.unwrap(), None, "a folder is no file");
    assert_eq!(remote.delete(&[path("a/b"), path("gone"), path("a/gone"), path("x/y/z")]).await.len(), 0);
    assert_eq!(remote.stat(&path("a/b")).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn small_objects_are_written_and_read(
    #[values("sftp", "s3", "rclone s3", "union", "crypt")] kind: &str,
) {
    let Setup { place: _place, remote, _server } = setup(kind).await;
    let head = path(".podfs/head");
    assert_eq!(remote.read_small(&head, 100).await.unwrap(), None);
    let one = remote.write_small(&head, b"one", None).await.unwrap();
    remote.write_small(&head, b"two", Some(&one)).await.unwrap();
    assert_eq!(remote.read_small(&head, 3).await.unwrap().unwrap().content, b"two");
    assert_eq!(remote.read_small(&head, 2).await.unwrap_err().kind, ErrorKind::Corrupt);
    assert_eq!(files(&remote).await.len(), 1, "the engine filters, not the listing");
}

#[rstest]
#[tokio::test]
async fn emptied_folders_go_and_others_stay(
    #[values("sftp", "webdav", "ftp", "alias", "union", "crypt")] kind: &str,
) {
    let Setup { place, remote, _server } = setup(kind).await;
    for name in ["kept/f", "kept/gone/deep/f", "gone/f", "f"] {
        place.put(&remote, name, b"x").await.unwrap();
    }
    assert!(remote.delete(&[path("kept/gone/deep/f"), path("gone/f"), path("f")]).await.is_empty());
    let left: Vec<RelativePath> = files(&remote).await.into_iter().map(|entry| entry.path).collect();
    assert_eq!(left, [path("kept/f")]);
    if kind != "crypt" {
        assert_eq!(folders(&place.store()), ["kept"]);
    }
}

/// Names of all folders below the tree's root.
fn folders(below: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(below).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            names.push(entry.file_name().into_string().unwrap());
            names.extend(folders(&entry.path()));
        }
    }
    names.retain(|name| !["tree", "one", "two", "bucket"].contains(&name.as_str()));
    names
}

#[rstest]
#[tokio::test]
async fn a_missing_folder_is_told_where_there_are_folders(
    #[values("sftp", "webdav", "ftp", "alias", "union")] kind: &str,
) {
    let Setup { place, remote, _server } = setup(kind).await;
    remote.close().await;
    let options = place.options("remote:missing");
    let remote = RcloneRemote::start(options).await.unwrap();
    assert_eq!(first(&remote).await.unwrap().unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_missing_bucket_is_told_and_a_missing_prefix_is_empty() {
    let Setup { place, remote, _server } = setup("s3").await;
    assert!(first(&remote).await.is_none());
    assert!(remote.abilities().flat);
    assert_eq!(remote.requests(), None);
    let remote = RcloneRemote::start(place.options("remote:no-such-bucket/x")).await.unwrap();
    assert_eq!(first(&remote).await.unwrap().unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_large_tree_is_listed_whole() {
    let Setup { place, remote, _server } = setup("alias").await;
    for folder in 0..60 {
        let folder = place.store().join(format!("tree/{}/{folder}", folder % 7));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..20 {
            fs::write(folder.join(file.to_string()), "x").unwrap();
        }
    }
    assert_eq!(files(&remote).await.len(), 1200);
}

#[tokio::test]
async fn a_folder_that_may_not_be_read_is_an_error_not_an_empty_folder() {
    let Setup { place, remote, _server } = setup("alias").await;
    place.put(&remote, "closed/f", b"x").await.unwrap();
    let closed = place.store().join("tree/closed");
    let Some(_guard) = Closed::new(&closed) else { return };
    let mut seen = Vec::new();
    let mut list = remote.list();
    while let Some(item) = futures::StreamExt::next(&mut list).await {
        seen.push(item);
    }
    let error = seen.pop().unwrap().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.detail.contains("not complete"), "{error}");
}

/// A folder without rights, which get back when dropped; `None` for root, whom rights do not stop.
struct Closed<'a>(&'a std::path::Path);

impl<'a> Closed<'a> {
    fn new(folder: &'a std::path::Path) -> Option<Self> {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o000)).unwrap();
        let guard = Self(folder);
        fs::read_dir(folder).is_err().then_some(guard)
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(self.0, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[tokio::test]
async fn stock_rclone_reads_what_we_wrote() {
    let Setup { place, remote, _server } = setup("crypt").await;
    place.put(&remote, "a/secret", b"content").await.unwrap();
    let mut command = podfs_testkit::servers::rclone().unwrap();
    command.env("RCLONE_CONFIG", place.path().join("rclone.conf"));
    let output = command.args(["cat", "remote_encrypted:a/secret"]).output().unwrap();
    assert_eq!(output.stdout, b"content");
}

#[tokio::test]
async fn the_label_tells_the_way_and_the_reason() {
    let place = Place::new();
    place.configure(&[(
        "remote",
        params(&[("type", "alias"), ("remote", &place.store().display().to_string())]),
    )]);
    let mut options = place.options("remote:x");
    options.reason = "the kind is alias".to_owned();
    options.start_timeout = Duration::from_secs(60);
    let label = RcloneRemote::start(options).await.unwrap().label();
    assert!(label.starts_with("remote:x through rclone 1."), "{label}");
    assert!(label.ends_with(" (the kind is alias)"), "{label}");
}
