//! A remote behind a real server, and the program syncing `data` to it and back.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use podfs_testkit::proxy::FaultyProxy;
use podfs_testkit::servers::{Params, S3Server, as_env, rclone};

use crate::program::{Done, World, run};
use crate::user::rclone_for_everybody;

/// What the program is told about its remote, changed at will before it runs.
pub(crate) struct Place {
    pub(crate) world: World,
    pub(crate) params: Params,
    pub(crate) path: String,
    pub(crate) engine: &'static str,
}

/// The same objects in a bucket, whoever wrote them: name, size and `X-Amz-Meta-Mtime`.
pub(crate) type Objects = BTreeMap<String, (u64, Option<String>)>;

impl Place {
    pub(crate) fn new(params: Params, path: &str) -> Self {
        Self { world: World::new(), params, path: path.to_owned(), engine: "auto" }
    }

    /// The directory `tree` in a directory of its own, all in one bucket: the server has room for some sixty buckets.
    pub(crate) fn s3(engine: &'static str) -> Self {
        static BUCKET: LazyLock<String> =
            LazyLock::new(|| S3Server::shared().unwrap().create_bucket("cli").unwrap());
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let path = format!("{}/{}/tree", *BUCKET, NEXT.fetch_add(1, Ordering::Relaxed));
        Self { engine, ..Self::new(S3Server::shared().unwrap().params(), &path) }
    }

    /// The same, with a network that can be broken.
    pub(crate) fn proxied(engine: &'static str) -> (Self, FaultyProxy) {
        let server = S3Server::shared().unwrap();
        let proxy = FaultyProxy::start(server.addr()).unwrap();
        let mut place = Self::s3(engine);
        place.params = server.params_through(&proxy.endpoint());
        (place, proxy)
    }

    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.params.retain(|(name, _)| name != key);
        self.params.push((key.to_owned(), value.to_owned()));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(arguments);
        command.envs(as_env("REMOTE", &self.params)).env("PODFS_ENGINE", self.engine);
        command.env("PODFS_RCLONE", rclone_for_everybody());
        command.arg("--state-dir").arg(self.world.path("state"));
        command
    }

    /// `sync-to-remote` of `data`.
    pub(crate) fn up(&self, more: &[&str]) -> Command {
        self.up_from("data", more)
    }

    /// `sync-to-remote` of another folder.
    pub(crate) fn up_from(&self, source: &str, more: &[&str]) -> Command {
        let mut command = self.command(&["sync-to-remote", "-s", source, "-d", &self.path]);
        command.args(more);
        command
    }

    /// `sync-to-remote` of `data` again and again.
    pub(crate) fn scheduled(&self, expression: &str, more: &[&str]) -> Command {
        let mut command = self.up(&["-v", "--schedule", expression, "--pid-path", "pid"]);
        command.args(more);
        command
    }

    /// `remote-to-local-sync` into `target`.
    pub(crate) fn down(&self, target: &str, more: &[&str]) -> Command {
        let mut command = self.command(&["remote-to-local-sync", "-s", &self.path, "-d", target]);
        command.args(more);
        command
    }

    /// `verify` of the remote.
    pub(crate) fn looked_at(&self, more: &[&str]) -> Command {
        let mut command = self.command(&["verify", "-s", &self.path]);
        command.args(more);
        command
    }

    /// Stock rclone with the configuration that the program wrote.
    pub(crate) fn rclone(&self, arguments: &[&str]) -> Done {
        let mut command = rclone().unwrap();
        command.current_dir(self.world.path("")).env("RCLONE_CONFIG", self.world.path("rclone.conf"));
        run(command.args(arguments))
    }

    /// What the bucket holds at `path`, as the server itself says. Not for more than it lists at once.
    pub(crate) fn objects(&self) -> Objects {
        objects(&self.path)
    }

    /// The content of an object beneath `path`.
    pub(crate) fn object(&self, name: &str) -> Option<Vec<u8>> {
        object(&self.path, name)
    }
}

/// The content of an object at `bucket/prefix`.
pub(crate) fn object(path: &str, name: &str) -> Option<Vec<u8>> {
    let target = encode(&format!("/{path}/{name}"));
    let answer = S3Server::shared().unwrap().request("GET", &target, b"").unwrap();
    (answer.status == 200).then_some(answer.body)
}

/// Whether the shared server has this bucket.
pub(crate) fn bucket_exists(bucket: &str) -> bool {
    S3Server::shared().unwrap().request("HEAD", &format!("/{bucket}"), b"").unwrap().status == 200
}

/// The objects at `bucket/prefix`, without ours.
pub(crate) fn objects(path: &str) -> Objects {
    let server = S3Server::shared().unwrap();
    let (bucket, prefix) = path.split_once('/').unwrap();
    let target = format!("/{bucket}?list-type=2&prefix={}", encode(prefix).replace('/', "%2F"));
    let answer = server.request("GET", &target, b"").unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    assert!(text.contains("<IsTruncated>false"), "{text}");
    let mut objects = Objects::new();
    for part in text.split("<Key>").skip(1) {
        let key = unescape(part.split("</Key>").next().unwrap());
        let name = key.strip_prefix(&format!("{prefix}/")).unwrap().to_owned();
        if name.starts_with(".podfs/") {
            continue;
        }
        let head = server.request("HEAD", &encode(&format!("/{bucket}/{key}")), b"").unwrap();
        assert_eq!(head.status, 200, "{key}");
        let size = head.header("content-length").unwrap().parse().unwrap();
        objects.insert(name, (size, head.header("x-amz-meta-mtime").map(str::to_owned)));
    }
    objects
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn unescape(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'")]
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        .replace("&amp;", "&")
}

/// A run that failed as it should: this exit code, and one line for people that holds all `parts`.
pub(crate) fn assert_fails(done: &Done, code: i32, parts: &[&str]) {
    assert_eq!(done.code, Some(code), "{}{}", done.stdout, done.stderr);
    let errors: Vec<&str> = done.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{}", done.stderr);
    for part in parts {
        assert!(errors[0].contains(part), "no {part:?} in {}", errors[0]);
    }
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
}

/// A run that went well.
pub(crate) fn assert_done(done: &Done) {
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
}

/// Runs and fails when it took longer than any wait that was asked for could excuse.
pub(crate) fn run_bounded(command: &mut Command) -> Done {
    let started = Instant::now();
    let done = run(command);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(100), "it took {took:?}: {}", done.stderr);
    done
}

/// The names in a directory and below it, temporary files included.
pub(crate) fn names_below(directory: &Path) -> Vec<String> {
    let snapshot = podfs_testkit::tree::snapshot(directory).unwrap();
    snapshot.keys().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}
