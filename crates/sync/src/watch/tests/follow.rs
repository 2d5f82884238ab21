//! Single events, step by step, without a thread.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::super::follow::{Follower, State};
use super::super::trouble::Troubles;
use crate::scope::{Reach, Scope};

use Reach::{Beneath, Itself};

/// A follower that has watched everything, and of which all was taken.
struct Following {
    folder: tempfile::TempDir,
    follower: Follower,
    troubles: Troubles,
}

impl Following {
    fn new(folders: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tree")).unwrap();
        for name in folders {
            fs::create_dir_all(folder.path().join("tree").join(name)).unwrap();
        }
        let mut troubles = Troubles::default();
        let follower = Follower::begin(&folder.path().join("tree"), &mut troubles).unwrap();
        let mut following = Self { folder, follower, troubles };
        assert_eq!(following.take(), Scope::Everything);
        following
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("tree").join(name)
    }

    fn take(&mut self) -> Scope {
        while self.follower.read_some(&mut self.troubles) || !self.follower.complete() {
            self.follower.watch_more(&mut self.troubles);
        }
        self.follower.watch_more(&mut self.troubles);
        self.follower.take_marks()
    }

    #[track_caller]
    fn assert_marks(&mut self, expected: &[(&str, Reach)]) {
        let Scope::Paths(paths) = self.take() else { panic!("everything was marked") };
        let marks: BTreeMap<_, _> = paths
            .into_iter()
            .map(|(path, reach)| (path.map_or(String::new(), |path| path.to_string()), reach))
            .collect();
        let expected = expected.iter().map(|(path, reach)| ((*path).to_owned(), *reach)).collect();
        assert_eq!(marks, expected);
    }
}

#[test]
fn a_change_in_a_file_is_that_file_alone() {
    let mut tree = Following::new(&["a/b"]);
    let mut file = File::create(tree.path("a/b/file")).unwrap();
    tree.assert_marks(&[("a/b", Itself), ("a/b/file", Itself)]);
    // It stays open.
    file.write_all(b"content").unwrap();
    tree.assert_marks(&[("a/b/file", Itself)]);
    drop(file);
    fs::read(tree.path("a/b/file")).map(drop).unwrap();
    tree.assert_marks(&[("a/b/file", Itself)]);
    fs::read(tree.path("a/b/file")).map(drop).unwrap();
    tree.assert_marks(&[]);
}

#[test]
fn a_fresh_folder_is_looked_at_whole_and_watched() {
    let mut tree = Following::new(&[]);
    fs::create_dir_all(tree.path("a/b/c")).unwrap();
    tree.assert_marks(&[("", Itself), ("a", Beneath)]);
    fs::write(tree.path("a/b/c/file"), "").unwrap();
    tree.assert_marks(&[("a/b/c", Itself), ("a/b/c/file", Itself)]);
    assert_eq!(tree.follower.watched(), 4);
}

#[test]
fn a_moved_folder_is_marked_at_both_places_and_watched_at_the_new_one() {
    let mut tree = Following::new(&["a/b/c", "d"]);
    fs::rename(tree.path("a/b"), tree.path("d/b")).unwrap();
    tree.assert_marks(&[("a", Itself), ("a/b", Beneath), ("d", Itself), ("d/b", Beneath)]);
    fs::write(tree.path("d/b/c/file"), "").unwrap();
    tree.assert_marks(&[("d/b/c", Itself), ("d/b/c/file", Itself)]);
    assert_eq!(tree.follower.watched(), 5);
}

#[test]
fn a_folder_that_moves_out_or_is_deleted_is_watched_no_more() {
    let mut tree = Following::new(&["a/b", "c/d"]);
    fs::rename(tree.path("a"), tree.folder.path().join("outside")).unwrap();
    fs::remove_dir_all(tree.path("c")).unwrap();
    tree.assert_marks(&[("", Itself), ("a", Beneath), ("c", Beneath)]);
    fs::write(tree.folder.path().join("outside/b/file"), "").unwrap();
    tree.assert_marks(&[]);
    assert_eq!(tree.follower.watched(), 1);
}

#[test]
fn two_folders_that_change_places_are_both_watched_afterwards() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let mut tree = Following::new(&["a/x", "b/y"]);
    renameat_with(CWD, tree.path("a"), CWD, tree.path("b"), RenameFlags::EXCHANGE).unwrap();
    tree.assert_marks(&[("", Itself), ("a", Beneath), ("b", Beneath)]);
    fs::write(tree.path("a/y/file"), "").unwrap();
    fs::write(tree.path("b/x/file"), "").unwrap();
    tree.assert_marks(&[("a/y", Itself), ("a/y/file", Itself), ("b/x", Itself), ("b/x/file", Itself)]);
}

#[test]
fn a_link_in_the_place_of_a_folder_leads_nowhere() {
    let mut tree = Following::new(&["a/b"]);
    let outside = tree.folder.path().join("outside");
    fs::create_dir_all(outside.join("b")).unwrap();
    fs::remove_dir_all(tree.path("a")).unwrap();
    symlink(&outside, tree.path("a")).unwrap();
    tree.assert_marks(&[("", Itself), ("a", Beneath)]);
    fs::write(outside.join("b/file"), "").unwrap();
    fs::write(outside.join("file"), "").unwrap();
    tree.assert_marks(&[]);
    assert_eq!(tree.follower.watched(), 1);
}

#[test]
fn our_own_folder_is_left_out_at_the_root_and_nowhere_else() {
    let mut tree = Following::new(&[".podfs", "lost+found", "a/.podfs"]);
    fs::write(tree.path(".podfs/file"), "").unwrap();
    fs::write(tree.path("lost+found/file"), "").unwrap();
    tree.assert_marks(&[]);
    fs::write(tree.path("a/.podfs/file"), "").unwrap();
    tree.assert_marks(&[("a/.podfs", Itself), ("a/.podfs/file", Itself)]);
    fs::remove_dir_all(tree.path(".podfs")).unwrap();
    tree.assert_marks(&[("", Itself)]);
}

#[test]
fn what_is_written_to_an_unfinished_file_of_ours_is_no_change() {
    let mut tree = Following::new(&["a"]);
    let name = crate::local::temporary_name().unwrap();
    let unfinished = tree.path("a").join(&name);
    let mut file = File::create(&unfinished).unwrap();
    tree.assert_marks(&[("a", Itself), (&format!("a/{name}"), Itself)]);
    file.write_all(b"content").unwrap();
    drop(file);
    tree.assert_marks(&[]);
    fs::rename(&unfinished, tree.path("a/file")).unwrap();
    tree.assert_marks(&[("a", Itself), ("a/file", Itself), (&format!("a/{name}"), Itself)]);
}

#[test]
fn a_full_queue_leads_to_a_look_at_everything() {
    let mut tree = Following::new(&[]);
    let most = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let most: usize = most.trim().parse().unwrap();
    for number in 0..=most / 2 {
        fs::create_dir(tree.path(&number.to_string())).unwrap();
        fs::remove_dir(tree.path(&number.to_string())).unwrap();
    }
    fs::write(tree.path("unheard of"), "").unwrap();
    while tree.follower.read_some(&mut tree.troubles) {}
    assert_eq!(tree.follower.state(), State::Lost);
    assert_eq!(tree.follower.take_marks(), Scope::Everything);
    assert!(!tree.troubles.blind());
}

#[test]
fn a_root_that_is_moved_or_deleted_or_replaced_is_noticed() {
    let lost = |change: &dyn Fn(&Path)| {
        let mut tree = Following::new(&[]);
        change(tree.folder.path());
        (
            tree.take() == Scope::Everything && tree.follower.state() == State::Lost,
            tree.follower.root_is_the_same(),
        )
    };
    assert_eq!(lost(&|folder| fs::rename(folder.join("tree"), folder.join("other")).unwrap()), (true, false));
    assert_eq!(lost(&|folder| fs::remove_dir(folder.join("tree")).unwrap()), (true, false));
    assert_eq!(lost(&|_| ()), (false, true));
}

#[test]
fn a_link_to_the_root_that_leads_elsewhere_now_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["first", "second"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let link = folder.path().join("current");
    symlink("first", &link).unwrap();
    let follower = Follower::begin(&link, &mut Troubles::default()).unwrap();
    assert!(follower.root_is_the_same());
    fs::remove_file(&link).unwrap();
    symlink("second", &link).unwrap();
    assert!(!follower.root_is_the_same());
}
