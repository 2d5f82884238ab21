//! Stock rclone at work on the remote, behind everybody's back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use futures::TryStreamExt;
use podfs_sync::{Listed, RelativePath};
use podfs_testkit::servers::{Params, S3Server, as_env, obscure, rclone};
use podfs_testkit::tree::snapshot;
use proptest::prelude::*;

use super::edit::{content, place, write};
use super::remote::{Contents, contents};
use crate::bench::Bench;
use crate::place::{PASSWORD, Place};

/// One command of it. Most do something; some do not fit what the remote has, and are refused.
#[derive(Debug, Clone)]
pub(super) enum Stock {
    /// `copyto`: a file, new or in the place of another.
    Copy { path: PathBuf, size: Size, age: Age },
    /// `deletefile`
    Delete(PathBuf),
    /// `moveto`, of files and of folders.
    Move(PathBuf, PathBuf),
    /// `sync` of a folder with these files.
    Sync(PathBuf, Vec<(PathBuf, u8)>),
}

/// How large a file is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Size {
    Bytes(u8),
    /// As the one whose place it takes.
    AsBefore,
}

/// When a file was written, as it says itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Age {
    Newest,
    /// Before all that anybody else writes.
    Old,
}

/// Bytes of an object that the model reads: more than any has.
const LONGEST: usize = 1 << 20;
/// Before the times of all edits, in steps.
const AGES: u64 = 100_000;

pub(super) fn stock() -> impl Strategy<Value = Stock> {
    let size = prop_oneof![2 => (0_u8..20).prop_map(Size::Bytes), 1 => Just(Size::AsBefore)];
    let age = prop_oneof![2 => Just(Age::Newest), 1 => Just(Age::Old)];
    let files = prop::collection::vec(("[ab](/[ab])?".prop_map(PathBuf::from), 0_u8..20), 0..3);
    prop_oneof![
        4 => (place(), size, age).prop_map(|(path, size, age)| Stock::Copy { path, size, age }),
        2 => place().prop_map(Stock::Delete),
        2 => (place(), place()).prop_map(|(from, to)| Stock::Move(from, to)),
        1 => (place(), files).prop_map(|(folder, files)| Stock::Sync(folder, files)),
    ]
}

impl Stock {
    /// Runs it. `number` is that of an edit.
    pub(super) fn run(&self, bench: &Bench, before: &Objects, number: u64) {
        let elsewhere = bench.folder.path().join("elsewhere");
        let _ = fs::remove_dir_all(&elsewhere);
        fs::create_dir(&elsewhere).unwrap();
        let here = |path: &Path| elsewhere.join(path).display().to_string();
        let there = |path: &Path| format!("{}{}", root(bench), path.display());
        let arguments = match self {
            Self::Copy { path, size, age } => {
                let size = match size {
                    Size::Bytes(bytes) => (*bytes).into(),
                    Size::AsBefore => before.size_of(path),
                };
                let time = match age {
                    Age::Newest => number,
                    Age::Old => number.wrapping_sub(AGES),
                };
                write(&elsewhere.join(path), &content(number, size), time).unwrap();
                vec!["copyto".to_owned(), here(path), there(path)]
            }
            Self::Delete(path) => vec!["deletefile".to_owned(), there(path)],
            Self::Move(from, to) => vec!["moveto".to_owned(), there(from), there(to)],
            Self::Sync(folder, files) => {
                for (at, (path, size)) in files.iter().enumerate() {
                    let bytes = [content(number, (*size).into()), format!("{at}").into_bytes()].concat();
                    let time = number.wrapping_sub(AGES * (2 + at as u64));
                    // One may be a folder of another.
                    let _ = write(&elsewhere.join(path), &bytes, time);
                }
                vec!["sync".to_owned(), elsewhere.display().to_string(), there(folder)]
            }
        };
        let mut command = command(bench);
        // What does not fit is left, as with edits.
        command.args(arguments).stdin(Stdio::null()).output().unwrap();
    }
}

fn root(bench: &Bench) -> String {
    match bench.place {
        Place::LocalCrypt | Place::S3Crypt => "sealed:".to_owned(),
        _ => format!("remote:{}/", bench.opened.path),
    }
}

fn command(bench: &Bench) -> Command {
    static SEALED_WITH: LazyLock<String> = LazyLock::new(|| obscure(PASSWORD).unwrap());
    let local: Params = vec![("type".to_owned(), "local".to_owned())];
    let remote = match bench.place {
        Place::Local | Place::LocalCrypt => local,
        Place::S3 | Place::S3Crypt => S3Server::shared().unwrap().params(),
        place => unreachable!("{place:?} is no place of the model"),
    };
    let sealed = [
        ("type", "crypt".to_owned()),
        ("remote", format!("remote:{}", bench.opened.path)),
        ("password", SEALED_WITH.clone()),
    ];
    let sealed: Params = sealed.map(|(key, value)| (key.to_owned(), value)).into();
    let mut command = rclone().unwrap();
    command.envs(as_env("RCLONE_CONFIG_REMOTE", &remote)).envs(as_env("RCLONE_CONFIG_SEALED", &sealed));
    command.args(["--retries", "1", "--low-level-retries", "1", "--s3-no-check-bucket", "--quiet"]);
    command
}

/// The files of the remote, whatever the manifest says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Objects {
    pub(super) contents: Contents,
    sizes: Vec<(PathBuf, usize)>,
}

impl Objects {
    pub(super) async fn of(bench: &Bench) -> Self {
        let listing: Vec<Listed> = bench.remote().list().try_collect().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (mut paths, mut sizes) = (Vec::new(), Vec::new());
        for path in listing.into_iter().filter_map(file) {
            let bytes = bench.remote().read_small(&path, LONGEST).await.unwrap().unwrap();
            // Two may have one path in a folder.
            fs::write(folder.path().join(paths.len().to_string()), &bytes.content).unwrap();
            sizes.push((path.as_path().to_owned(), bytes.content.len()));
            paths.push(path);
        }
        let mut read = contents(&snapshot(folder.path()).unwrap());
        let content = |(at, path): (usize, &RelativePath)| {
            (path.as_bytes().to_vec(), read.remove(at.to_string().as_bytes()).unwrap())
        };
        Self { contents: paths.iter().enumerate().map(content).collect(), sizes }
    }

    fn size_of(&self, path: &Path) -> usize {
        let found = self.sizes.iter().find(|(known, _)| known == path);
        found.map_or(1, |(_, size)| *size)
    }
}

fn file(listed: Listed) -> Option<RelativePath> {
    match listed {
        Listed::File(entry) if !entry.path.is_reserved() => Some(entry.path),
        _ => None,
    }
}
