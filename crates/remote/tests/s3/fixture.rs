//! A bucket of the test's own, a local directory, and remotes that lead to the one from the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use podfs_remote::config::{S3Settings, Section};
use podfs_remote::s3::{S3Options, S3Remote};
use podfs_remote::transport::{RetryPolicy, TimeLimits};
use podfs_sync::local::{LocalRoot, Source, Target};
use podfs_sync::{Entry, Listed, RelativePath, Remote, RemoteError, Timestamp};
use podfs_testkit::proxy::FaultyProxy;
use podfs_testkit::servers::{Params, S3Server};

pub(crate) struct Place {
    pub(crate) server: &'static S3Server,
    pub(crate) bucket: String,
    pub(crate) root: Arc<LocalRoot>,
    pub(crate) folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::in_bucket(S3Server::shared().unwrap().create_bucket("s3").unwrap())
    }

    /// In a bucket that others use as well.
    pub(crate) fn in_bucket(bucket: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Arc::new(LocalRoot::open(folder.path()).unwrap());
        Self { server: S3Server::shared().unwrap(), bucket, root, folder }
    }

    /// A remote without detours.
    pub(crate) fn remote(&self, keys: &[(&str, &str)]) -> S3Remote {
        S3Remote::new(options(self.server.params(), &self.bucket, keys)).unwrap()
    }

    /// A remote behind a proxy.
    pub(crate) fn behind(&self, keys: &[(&str, &str)]) -> (FaultyProxy, S3Remote) {
        let proxy = FaultyProxy::start(self.server.addr()).unwrap();
        let params = self.server.params_through(&proxy.endpoint());
        (proxy, S3Remote::new(options(params, &self.bucket, keys)).unwrap())
    }

    pub(crate) fn write(&self, name: &[u8], content: &[u8]) -> RelativePath {
        podfs_testkit::tree::make_file(self.folder.path(), name, content, 1_600_000_000_123_456_789).unwrap();
        path(name)
    }

    pub(crate) fn source(&self, path: &RelativePath) -> Source {
        Source::open(&self.root, path).unwrap()
    }

    pub(crate) async fn upload(&self, remote: &S3Remote, name: &[u8], content: &[u8]) -> RelativePath {
        let path = self.write(name, content);
        remote.upload(&self.source(&path), &path).await.unwrap();
        path
    }

    /// Fetches an entry; its content lies in a file that goes with the target.
    pub(crate) async fn fetch(
        &self,
        remote: &S3Remote,
        entry: &Entry,
    ) -> Result<(Vec<u8>, Option<Timestamp>), RemoteError> {
        let target = Target::new(&self.root, &path(b"fetched"));
        let modified = remote.download(entry, &target).await?.modified;
        let length = usize::try_from(target.size().unwrap()).unwrap();
        let mut content = vec![0; length];
        let count = rustix::io::pread(target.file().unwrap(), &mut content, 0).unwrap();
        assert_eq!(count, length);
        Ok((content, modified))
    }

    /// What the store itself says of a key, percent-encoded.
    pub(crate) fn head(&self, key: &str) -> podfs_testkit::Response {
        self.server.request("HEAD", &format!("/{}/{key}", self.bucket), b"").unwrap()
    }

    pub(crate) fn exists(&self, key: &str) -> bool {
        self.head(key).status == 200
    }

    /// Uploads in parts that were neither finished nor thrown away.
    pub(crate) fn unfinished(&self) -> usize {
        self.unfinished_below("")
    }

    pub(crate) fn unfinished_below(&self, prefix: &str) -> usize {
        let target = format!("/{}?prefix={prefix}&uploads=", self.bucket);
        let answer = self.server.request("GET", &target, b"").unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().matches("<UploadId>").count()
    }
}

/// What a person still calls bounded, and a busy machine does not reach without reason.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// Options that are quick to give up, so that tests of failures are.
pub(crate) fn options(params: Params, bucket: &str, keys: &[(&str, &str)]) -> S3Options {
    let mut section = Section::new("remote");
    for (key, value) in params {
        section.set(key, value);
    }
    for (key, value) in keys {
        section.set(*key, *value);
    }
    let path = section.get("test_path").unwrap_or_default().to_owned();
    section.set("test_path", "");
    let mut options = S3Options::new(S3Settings::from_section(&section).unwrap(), bucket, path);
    options.retry = RetryPolicy {
        connection_attempts: 3,
        server_attempts: 4,
        first_delay: Duration::from_millis(2),
        max_delay: Duration::from_millis(4),
    };
    options.limits = TimeLimits { connect: Duration::from_secs(5), idle: Duration::from_secs(10) };
    options
}

pub(crate) fn path(name: impl AsRef<[u8]>) -> RelativePath {
    RelativePath::parse(name.as_ref()).unwrap()
}

pub(crate) async fn listed(remote: &S3Remote) -> BTreeMap<Vec<u8>, Entry> {
    let items: Vec<Listed> = remote.list().try_collect().await.unwrap();
    let files = items.into_iter().map(|item| match item {
        Listed::File(entry) => (entry.path.as_bytes().to_vec(), entry),
        Listed::Unknown { path, reason } => panic!("{path}: {reason}"),
        Listed::Unusable { name, reason } => panic!("{name}: {reason}"),
    });
    files.collect()
}

pub(crate) async fn list_error(remote: &S3Remote) -> RemoteError {
    remote.list().next().await.unwrap().unwrap_err()
}

pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut content = vec![0; length];
    getrandom::fill(&mut content).unwrap();
    content
}
