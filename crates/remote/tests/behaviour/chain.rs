//! The chain of the manifest's parts, and trees that change at random.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use podfs_sync::Verdict;
use podfs_testkit::tree::many_files;
use proptest::prelude::*;

use crate::bench::{Bench, write_below};
use crate::place::Place;

async fn parts_on_remote(bench: &Bench) -> BTreeSet<String> {
    let own = bench.podfs_objects().await;
    own.into_iter()
        .filter_map(|(path, _)| path.to_string().strip_prefix(".podfs/manifest/").map(str::to_owned))
        .collect()
}

/// Small changes become small parts, many small parts become one, and what no head needs any more goes away.
#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_are_gathered_and_those_of_the_head_before_stay(
    #[values(Place::Local, Place::S3, Place::Sftp)] place: Place,
) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("base", "1");
    bench.upload().await;
    let (mut bases, mut longest) = (BTreeSet::new(), 0);
    let mut before: BTreeSet<String> = BTreeSet::new();
    for change in 0..40 {
        bench.write(&format!("file {}", change % 7), &format!("change {change}"));
        if change % 5 == 4 {
            fs::remove_file(bench.source().join(format!("file {}", change % 7))).unwrap();
        }
        bench.upload().await;
        let named: Vec<String> =
            bench.head().await.unwrap().manifest.into_iter().map(|part| part.name).collect();
        bases.insert(named[0].clone());
        longest = longest.max(named.len());
        let named: BTreeSet<String> = named.into_iter().collect();
        let expected: BTreeSet<String> = named.union(&before).cloned().collect();
        assert_eq!(parts_on_remote(&bench).await, expected, "{change}");
        before = named;
    }
    assert!((3..=6).contains(&bases.len()) && longest <= 18, "{} bases, {longest} parts", bases.len());
    bench.restore().await;
    bench.assert_faithful();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_changed_file_in_a_large_tree_costs_a_few_kilobytes() {
    let bench = Bench::new(Place::Local).await.unwrap();
    many_files(&bench.source(), 4_000, 8).unwrap();
    bench.upload().await;
    let base = bench.head().await.unwrap().manifest[0].bytes;
    write_below(&bench.source(), "d00003/f00003141", "changed");
    bench.upload().await;
    let parts = bench.head().await.unwrap().manifest;
    assert_eq!((parts.len(), parts[1].records), (2, 1));
    assert!(base > 100_000 && parts[1].bytes < 1_000, "{base} and then {}", parts[1].bytes);
}

/// A step of somebody who works on a tree with few names, so that they often meet.
#[derive(Debug, Clone)]
enum Edit {
    Write(PathBuf, u8),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    Mode(PathBuf, u32),
    Link(PathBuf, String),
    Tie(PathBuf, PathBuf),
    Folder(PathBuf),
}

fn place() -> impl Strategy<Value = PathBuf> {
    "[ab](/[ab]){0,2}".prop_map(PathBuf::from)
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => (place(), any::<u8>()).prop_map(|(path, content)| Edit::Write(path, content)),
        1 => (place(), place()).prop_map(|(from, to)| Edit::Rename(from, to)),
        1 => place().prop_map(Edit::Remove),
        1 => (place(), 0_u32..0o10000).prop_map(|(path, mode)| Edit::Mode(path, mode)),
        1 => (place(), "[ab./]{1,4}").prop_map(|(path, target)| Edit::Link(path, target)),
        2 => (place(), place()).prop_map(|(first, path)| Edit::Tie(first, path)),
        1 => place().prop_map(Edit::Folder),
    ]
}

impl Edit {
    /// What cannot be done is left: most random edits do not fit the tree.
    fn apply(&self, bench: &Bench) {
        let at = |path: &PathBuf| bench.source().join(path);
        let _ = match self {
            Self::Write(path, content) => {
                let parents = fs::create_dir_all(at(path).parent().unwrap());
                let is_link = at(path).is_symlink();
                if parents.is_ok() && !at(path).is_dir() && !is_link {
                    bench.write(path.to_str().unwrap(), &"x".repeat((*content).into()));
                }
                Ok(())
            }
            Self::Rename(from, to) => fs::rename(at(from), at(to)),
            Self::Remove(path) => fs::remove_dir_all(at(path)).or_else(|_| fs::remove_file(at(path))),
            Self::Mode(path, mode) if !at(path).is_symlink() => {
                fs::set_permissions(at(path), fs::Permissions::from_mode(*mode))
            }
            Self::Mode(..) => Ok(()),
            Self::Link(path, target) => symlink(target, at(path)),
            Self::Tie(first, path) => fs::hard_link(at(first), at(path)),
            Self::Folder(path) => fs::create_dir_all(at(path)),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// One target follows every sync, one only the last, and one is somebody else's tree.
    #[test]
    fn whatever_happens_to_a_tree_comes_back(
        rounds in prop::collection::vec(prop::collection::vec(edit(), 1..8), 1..5),
        stranger in prop::collection::vec(edit(), 0..8),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let bench = Bench::new(Place::Local).await.unwrap();
            // The stranger's tree is made in the source's place and moved away.
            stranger.iter().for_each(|edit| edit.apply(&bench));
            let strange = bench.folder.path().join("strange");
            fs::rename(bench.source(), &strange).unwrap();
            fs::create_dir(bench.source()).unwrap();
            for edits in &rounds {
                write_below(&bench.source(), "always", "there");
                edits.iter().for_each(|edit| edit.apply(&bench));
                assert_eq!(bench.upload().await.verdict(), Verdict::Done);
                let again = bench.upload().await;
                assert_eq!((again.copied, again.deleted, again.attributes), (0, 0, 0));
                follow(&bench).await;
            }
            for other in [None, Some(strange)] {
                fs::remove_dir_all(bench.target()).unwrap();
                match other {
                    Some(strange) => fs::rename(strange, bench.target()).unwrap(),
                    None => fs::create_dir(bench.target()).unwrap(),
                }
                follow(&bench).await;
            }
        });
    }
}

async fn follow(bench: &Bench) {
    let report = bench.restore().await;
    assert_eq!(report.verdict(), Verdict::Done, "{report:?}");
    bench.assert_faithful();
    let again = bench.restore().await;
    assert_eq!((again.copied, again.deleted, again.attributes), (0, 0, 0));
}
