//! Random histories of a tree, made by another thread while a reader looks.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use proptest::prelude::*;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::look::Reader;
use super::watch;

#[derive(Debug, Clone)]
enum Step {
    MakeFolder(String),
    Write(String),
    Append(String),
    Delete(String),
    Rename(String, String),
    Exchange(String, String),
    Mode(String, bool),
    Link(String),
}

impl Step {
    /// What is not possible just does not happen.
    fn take(&self, root: &Path) {
        let at = |path: &String| root.join(path);
        let _ = match self {
            Self::MakeFolder(path) => fs::create_dir_all(at(path)),
            Self::Write(path) => fs::write(at(path), path),
            Self::Append(path) => {
                fs::read(at(path)).and_then(|old| fs::write(at(path), [old, vec![1]].concat()))
            }
            Self::Delete(path) => fs::remove_file(at(path)).or_else(|_| fs::remove_dir_all(at(path))),
            Self::Rename(from, to) => fs::rename(at(from), at(to)),
            Self::Exchange(left, right) => {
                renameat_with(CWD, at(left), CWD, at(right), RenameFlags::EXCHANGE).map_err(Into::into)
            }
            Self::Mode(path, wide) => {
                fs::set_permissions(at(path), Permissions::from_mode(if *wide { 0o755 } else { 0o700 }))
            }
            Self::Link(path) => symlink("a", at(path)),
        };
    }
}

fn a_path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..5).prop_map(|names| names.join("/"))
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => a_path().prop_map(Step::MakeFolder),
        4 => a_path().prop_map(Step::Write),
        2 => a_path().prop_map(Step::Append),
        2 => a_path().prop_map(Step::Delete),
        4 => (a_path(), a_path()).prop_map(|(from, to)| Step::Rename(from, to)),
        2 => (a_path(), a_path()).prop_map(|(left, right)| Step::Exchange(left, right)),
        1 => (a_path(), any::<bool>()).prop_map(|(path, wide)| Step::Mode(path, wide)),
        1 => a_path().prop_map(Step::Link),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn whatever_happens_to_a_tree_is_seen(
        before in prop::collection::vec(a_step(), 0..40),
        during in prop::collection::vec(a_step(), 1..120),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        before.iter().for_each(|step| step.take(root));
        let watch = watch(root);
        let mut reader = Reader::new(root);
        reader.look(&watch);
        std::thread::scope(|scope| {
            let work = scope.spawn(|| during.iter().for_each(|step| step.take(root)));
            while !work.is_finished() {
                reader.look(&watch);
            }
        });
        reader.catch_up(&watch, "sentinel");
        reader.assert_up_to_date();
        prop_assert_eq!(reader.scans, 1, "events alone told it");
        prop_assert!(!watch.news().blind);
    }
}
