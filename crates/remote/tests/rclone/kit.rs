//! What the tests of the rclone way share: a place with a configuration, a remote, and local files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use podfs_remote::rclone::{RcloneOptions, RcloneRemote};
use podfs_sync::local::{LocalRoot, Source, Target};
use podfs_sync::{Entry, Listed, Modified, RelativePath, Remote, RemoteError, Timestamp};
use podfs_testkit::servers::{Params, RcloneServer, obscure};
use podfs_testkit::tools::RCLONE;
use tempfile::TempDir;

/// A folder with `store` (what servers serve), `files` (what is uploaded), and a configuration.
pub(super) struct Place {
    folder: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["store", "files", "restored"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    pub(super) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub(super) fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A configuration with these sections.
    pub(super) fn configure(&self, sections: &[(&str, Params)]) -> PathBuf {
        let mut text = String::new();
        for (name, keys) in sections {
            text.push_str(&format!("[{name}]\n"));
            for (key, value) in keys {
                text.push_str(&format!("{key} = {value}\n"));
            }
        }
        let path = self.folder.path().join("rclone.conf");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Quick to give up.
    pub(super) fn options(&self, fs: &str) -> RcloneOptions {
        let mut options = RcloneOptions::new(self.folder.path().join("rclone.conf"), fs);
        options.binary = std::env::var_os("PODFS_TEST_RCLONE").map(PathBuf::from).or(RCLONE.path().ok());
        options.connect_timeout = Duration::from_secs(2);
        options.io_timeout = Duration::from_secs(5);
        options.low_level_retries = 1;
        options.attempts = 2;
        options
    }

    pub(super) async fn remote(&self, sections: &[(&str, Params)], fs: &str) -> RcloneRemote {
        self.configure(sections);
        RcloneRemote::start(self.options(fs)).await.unwrap()
    }

    /// A local file, opened as the engine opens it.
    pub(super) fn source(&self, path: &RelativePath, content: &[u8]) -> Source {
        let at = self.files().join(path.as_path());
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, content).unwrap();
        self.open(path)
    }

    pub(super) fn open(&self, path: &RelativePath) -> Source {
        Source::open(&LocalRoot::open(&self.files()).unwrap(), path).unwrap()
    }

    /// A place to download into.
    pub(super) fn target(&self, path: &RelativePath) -> Target {
        let root = std::sync::Arc::new(LocalRoot::open(&self.folder.path().join("restored")).unwrap());
        Target::new(&root, path)
    }

    pub(super) async fn put(
        &self,
        remote: &dyn Remote,
        name: &str,
        content: &[u8],
    ) -> Result<(), RemoteError> {
        let path = path(name);
        remote.upload(&self.source(&path, content), &path).await.map(drop)
    }

    pub(super) async fn get(&self, remote: &dyn Remote, name: &str) -> Result<Vec<u8>, RemoteError> {
        let path = path(name);
        let entry = Entry { path, size: 0, modified: Modified::Unknown, tag: None };
        self.fetch(remote, &entry).await
    }

    pub(super) async fn fetch(&self, remote: &dyn Remote, entry: &Entry) -> Result<Vec<u8>, RemoteError> {
        self.fetch_with_time(remote, entry).await.map(|(content, _)| content)
    }

    pub(super) async fn fetch_with_time(
        &self,
        remote: &dyn Remote,
        entry: &Entry,
    ) -> Result<(Vec<u8>, Option<Timestamp>), RemoteError> {
        let target = self.target(&entry.path);
        let time = remote.download(entry, &target).await?.modified;
        let mut content = vec![0; usize::try_from(target.size().unwrap()).unwrap()];
        rustix::io::pread(target.file().unwrap(), &mut content, 0).unwrap();
        Ok((content, time))
    }
}

pub(super) fn path(name: &str) -> RelativePath {
    RelativePath::parse(name).unwrap()
}

pub(super) fn params(pairs: &[(&str, &str)]) -> Params {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// All files, sorted; fails on anything else.
pub(super) async fn files(remote: &dyn Remote) -> Vec<Entry> {
    let mut entries: Vec<Entry> = remote
        .list()
        .map(|item| match item.unwrap() {
            Listed::File(entry) => entry,
            Listed::Unknown { path, reason } => panic!("{path}: {reason}"),
            Listed::Unusable { name, reason } => panic!("{name}: {reason}"),
        })
        .collect()
        .await;
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    entries
}

/// The first thing that a listing says.
pub(super) async fn first(remote: &dyn Remote) -> Option<Result<Listed, RemoteError>> {
    remote.list().next().await
}

/// Names that have broken sync tools.
pub(super) fn hostile_names() -> Vec<RelativePath> {
    let names: &[&[u8]] = &[
        b"plain.txt",
        b"new\nline",
        b"tab\tand\x7fdelete\x01",
        b"quotes'\"`",
        b"-rf",
        b" leading",
        b"trailing ",
        b"trailing.",
        b"...",
        b".hidden",
        "gr\u{fc}n \u{2713} \u{1f600}".as_bytes(),
        b"not utf-8 \xff\xfe",
        b"not utf-8 \xfe",
        b"back\\slash",
        b"a:b*c?<d>|e",
        b"%41+&=#;",
        b"deep/er/and deeper/f",
        b"bad dir \xff/f",
        b"{braces},[brackets]",
    ];
    names.iter().map(|name| RelativePath::parse(name.to_vec()).unwrap()).collect()
}

/// More than enough on a busy machine; what must not happen is waiting for minutes.
pub(super) const SOON: Duration = Duration::from_secs(60);

pub(super) fn server_for(kind: &str, store: &Path) -> RcloneServer {
    match kind {
        "sftp" => RcloneServer::sftp(store),
        "webdav" => RcloneServer::webdav(store),
        "ftp" => RcloneServer::ftp(store),
        _ => RcloneServer::s3(store),
    }
    .unwrap()
}

pub(super) fn params_at(kind: &str, port: u16) -> Params {
    let (url, port, pass) = (format!("http://127.0.0.1:{port}"), port.to_string(), obscure("x").unwrap());
    match kind {
        "webdav" => params(&[("type", "webdav"), ("url", &url), ("vendor", "other")]),
        "s3" => params(&[
            ("type", "s3"),
            ("provider", "Other"),
            ("endpoint", &url),
            ("access_key_id", "x"),
            ("secret_access_key", "x"),
        ]),
        kind => {
            params(&[("type", kind), ("host", "127.0.0.1"), ("port", &port), ("user", "x"), ("pass", &pass)])
        }
    }
}

/// A remote on the local disk, which keeps partial uploads visible.
pub(super) async fn alias(place: &Place) -> RcloneRemote {
    let keys = params(&[("type", "alias"), ("remote", &place.store().display().to_string())]);
    place.remote(&[("remote", keys)], "remote:").await
}
