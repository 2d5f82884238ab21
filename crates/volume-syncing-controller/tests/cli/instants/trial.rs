//! A tree, a remote and a restored copy, which go from round to round, with trouble in each.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use podfs_testkit::proxy::FaultyProxy;
use podfs_testkit::servers::{S3Server, obscure};
use podfs_testkit::syscalls::{self, Counted, Traced, Trouble, Watch};
use podfs_testkit::tree::{Compare, assert_same, snapshot};

use super::changes::change;
use super::contents::{Contents, assert_old_or_new, contents, is_temporary, whole_files};
use super::leftovers;
use super::way::Way;
use crate::place::{Place, assert_done};
use crate::program::{Done, World, run};

/// Where the remote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Folder,
    EncryptedFolder,
    Bucket,
    EncryptedBucket,
}

pub(super) struct Trial {
    pub(super) place: Place,
    store: Store,
    /// Between the program and a bucket.
    proxy: Option<FaultyProxy>,
    /// Below which path the encrypted objects lie.
    sealed_at: String,
    password: String,
    round: u64,
    /// Each round has a large file, which goes up in parts.
    in_parts: bool,
    old: Contents,
}

impl Trial {
    pub(super) fn new(store: Store) -> Self {
        let (place, proxy) = match store {
            Store::Folder | Store::EncryptedFolder => {
                let world = World::in_memory();
                let path = world.path("mirror").display().to_string();
                let params = vec![("type".to_owned(), "local".to_owned())];
                (Place { world, ..Place::new(params, &path) }, None)
            }
            Store::Bucket | Store::EncryptedBucket => {
                let (place, proxy) = Place::proxied("native");
                (Place { world: World::in_memory(), ..place }, Some(proxy))
            }
        };
        let (sealed_at, password) = (place.path.clone(), obscure("correct horse").unwrap());
        let old = Contents::new();
        let mut trial = Self { place, store, proxy, sealed_at, password, round: 0, in_parts: false, old };
        if trial.is_encrypted() {
            trial.place.path = "/".to_owned();
        }
        change(&trial.place.world.path("data"), 0);
        trial.ends_well("at first");
        trial
    }

    /// With a large file, which goes up in parts.
    pub(super) fn in_parts(store: Store) -> Self {
        let mut trial = Self::new(store);
        trial.place.set("upload_cutoff", "5Mi");
        trial.place.set("chunk_size", "5Mi");
        trial.in_parts = true;
        trial
    }

    fn is_encrypted(&self) -> bool {
        matches!(self.store, Store::EncryptedFolder | Store::EncryptedBucket)
    }

    fn sealed(&self, mut command: Command) -> Command {
        if self.is_encrypted() {
            command
                .env("ENCRYPTED_REMOTE", format!("remote:/{}", self.sealed_at.trim_start_matches('/')))
                .env("ENCRYPTED_PASSWORD", &self.password);
        }
        command
    }

    pub(super) fn up(&self, more: &[&str]) -> Command {
        self.sealed(self.place.up(more))
    }

    pub(super) fn up_from(&self, source: &str, more: &[&str]) -> Command {
        self.sealed(self.place.up_from(source, more))
    }

    pub(super) fn down(&self, target: &str, more: &[&str]) -> Command {
        self.sealed(self.place.down(target, more))
    }

    /// The command of that way.
    pub(super) fn command(&self, way: Way, more: &[&str]) -> Command {
        if way.is_up() { self.up(more) } else { self.down("back", more) }
    }

    /// Changes the tree; where a restore is to meet the trouble, the remote has the changes already.
    pub(super) fn next_round(&mut self, way: Way) {
        self.round += 1;
        change(&self.place.world.path("data"), self.round);
        if self.in_parts {
            write_large(&self.place.world.path("data"), self.round);
        }
        if way == Way::First {
            self.leave_the_remote();
        }
        if !way.is_up() {
            assert_done(&run(&mut self.up(&[])));
        }
        if way.is_anew() {
            fs::remove_dir_all(self.place.world.path("back")).unwrap();
            self.old = Contents::new();
        }
        // So that writing it is a part of what meets trouble.
        let _ = fs::remove_file(self.place.world.path("rclone.conf"));
    }

    /// From now on there is another one, with nothing in it.
    fn leave_the_remote(&mut self) {
        match self.store {
            Store::Folder | Store::EncryptedFolder => {
                fs::remove_dir_all(self.place.world.path("mirror")).unwrap();
            }
            Store::Bucket | Store::EncryptedBucket => {
                let (path, encrypted) = (format!("{}-{}", self.sealed_at, self.round), self.is_encrypted());
                if !encrypted {
                    self.place.path.clone_from(&path);
                }
                self.sealed_at = path;
            }
        }
    }

    /// Runs the command of that way under a watch.
    pub(super) fn watched(
        &self,
        way: Way,
        counted: Counted,
        trouble: Option<(Trouble, u64)>,
    ) -> (Traced, Done) {
        self.watched_command(self.command(way, &[]), counted, trouble)
    }

    /// Runs the program under a watch.
    pub(super) fn watched_command(
        &self,
        mut command: Command,
        counted: Counted,
        trouble: Option<(Trouble, u64)>,
    ) -> (Traced, Done) {
        let outputs = ["stdout", "stderr"].map(|name| self.place.world.path(name));
        let [stdout, stderr] = [0, 1].map(|at: usize| File::create(&outputs[at]).unwrap());
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let watch = Watch { folder: self.place.world.path(""), counted, trouble };
        let traced = syscalls::run(command, watch).unwrap();
        let [stdout, stderr] = outputs.map(|path| fs::read_to_string(path).unwrap());
        let code = traced.code;
        (traced, Done { code, stdout, stderr })
    }

    /// Whatever happened, each file is old or new, on either side.
    pub(super) fn assert_nothing_is_torn(&self, way: Way, when: &str) {
        let new = contents(&snapshot(&self.place.world.path("data")).unwrap());
        if !way.is_up() {
            assert_old_or_new(&self.old, &new, &whole_files(&self.place.world.path("back")), when);
            return;
        }
        if self.store == Store::Folder {
            let mut there = whole_files(&self.place.world.path("mirror"));
            there.retain(|path, _| !path.starts_with(".podfs/"));
            let known = |path: &String| self.old.contains_key(path) || new.contains_key(path);
            for (path, content) in &there {
                // Links and the like lie in the manifest.
                assert!(known(path), "{when}: {path} is on the remote: {content}");
            }
        }
        let peek = self.place.world.path("peek");
        let _ = fs::remove_dir_all(&peek);
        let done = run(&mut self.down("peek", &[]));
        assert_eq!(done.code, Some(0), "{when}: a restore after it: {}{}", done.stdout, done.stderr);
        assert_old_or_new(&self.old, &new, &whole_files(&peek), when);
    }

    /// After a run that met trouble and was not killed: it said what there was to say. One that said that all went well did
    /// everything.
    pub(super) fn assert_told(&self, way: Way, done: &Done, when: &str) {
        let told = format!("{when}: {:?}: {}{}", done.code, done.stdout, done.stderr);
        assert!(matches!(done.code, Some(0..=3 | 5)), "{told}");
        assert!(!done.stderr.contains("panicked"), "{told}");
        assert!(done.code == Some(0) || !done.stderr.is_empty(), "{told}");
        self.assert_nothing_is_torn(way, &told);
        if done.code == Some(0) {
            self.assert_equal(if way.is_up() { "peek" } else { "back" }, &told);
        }
    }

    pub(super) fn proxy(&self) -> &FaultyProxy {
        self.proxy.as_ref().unwrap()
    }

    /// A sync and a restore go well, all is as it should be, and nothing is left behind.
    pub(super) fn ends_well(&mut self, when: &str) {
        let (up, down) = (self.up(&[]), self.down("back", &[]));
        for mut command in [up, down] {
            let done = run(&mut command);
            assert_eq!(done.code, Some(0), "{when}: the next run: {}{}", done.stdout, done.stderr);
        }
        self.assert_equal("back", when);
        leftovers::assert_none(&self.place.world.path(""), when);
        self.assert_no_uploads_are_left(when);
        self.old = contents(&snapshot(&self.place.world.path("data")).unwrap());
    }

    /// After all rounds, days later: what had to wait for its time is gone.
    pub(super) fn ends_clean(&mut self) {
        let world = self.place.world.path("");
        leftovers::age(&world);
        self.next_round(Way::Up);
        self.ends_well("days later");
        leftovers::assert_no_configuration_is_left(&world);
        if self.store != Store::Folder {
            return;
        }
        let mirror = world.join("mirror");
        self.next_round(Way::Up);
        assert_done(&run(&mut self.up(&["--list-every", "0s"])));
        let before = leftovers::named(&mirror);
        self.next_round(Way::Up);
        assert_done(&run(&mut self.up(&["--list-every", "0s"])));
        leftovers::assert_mirror_is_clean(&mirror, &before);
        self.ends_well("in the end");
    }

    fn assert_equal(&self, restored: &str, when: &str) {
        let [data, mut restored] =
            ["data", restored].map(|name| snapshot(&self.place.world.path(name)).unwrap());
        // A disk that fails may also refuse to remove them. The next run must, and that is looked at by itself.
        restored.retain(|path, _| !is_temporary(&String::from_utf8_lossy(path)));
        if let Err(error) = assert_same(&data, &restored, Compare::ALL) {
            panic!("{when}: {error}");
        }
    }

    fn assert_no_uploads_are_left(&self, when: &str) {
        if !matches!(self.store, Store::Bucket | Store::EncryptedBucket) {
            return;
        }
        let (bucket, prefix) = self.sealed_at.split_once('/').unwrap();
        let target = format!("/{bucket}?prefix={}&uploads=", prefix.replace('/', "%2F"));
        let answer = S3Server::shared().unwrap().request("GET", &target, b"").unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(!answer.text().contains("<Upload>"), "{when}: {}", answer.text());
    }
}

/// Three parts of 5 MiB, the last of them smaller.
fn write_large(data: &Path, round: u64) {
    let words = (0..1_500_000_u64).flat_map(|word| (word ^ (round << 32)).to_le_bytes());
    fs::write(data.join("in parts"), words.collect::<Vec<u8>>()).unwrap();
}
