//! Ten thousand files at once in fresh folders, while others are renamed and deleted; and what a folder costs.

use std::fs;
use std::path::Path;

use super::alone::is_alone;
use super::look::Reader;
use super::watch;

const FILES: usize = 10_000;
const FOLDERS: usize = 20_000;

#[test]
fn of_ten_thousand_files_in_fresh_folders_none_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for number in 0..200 {
        let old = root.join(format!("old/{}/{number}", number % 10));
        fs::create_dir_all(old.join("deep/er")).unwrap();
        fs::write(old.join("deep/er/file"), "old").unwrap();
    }
    let watch = watch(root);
    let mut reader = Reader::new(root);
    reader.look(&watch);
    std::thread::scope(|scope| {
        let work = [scope.spawn(|| make(root)), scope.spawn(|| rename(root)), scope.spawn(|| delete(root))];
        while work.iter().any(|work| !work.is_finished()) {
            reader.look(&watch);
        }
    });
    reader.catch_up(&watch, "sentinel");
    let made = reader.picture.keys().flatten().filter(|path| path.file_name().starts_with(b"made-")).count();
    assert_eq!(made, FILES);
    reader.assert_up_to_date();
    assert!(!watch.news().blind);
}

fn make(root: &Path) {
    for number in 0..FILES {
        let parent = root.join(format!("new/{}/{}/{}", number % 7, number % 91, number / 20));
        fs::create_dir_all(&parent).unwrap();
        fs::write(parent.join(format!("made-{number}")), number.to_string()).unwrap();
    }
}

/// Folders go into others that were just made, and come back under other names.
fn rename(root: &Path) {
    for round in 0..20 {
        for number in (0..200).step_by(2) {
            let home = root.join(format!("old/{}/{number}", number % 10));
            let guest = root.join(format!("guests/{round}/{number}"));
            fs::create_dir_all(&guest).unwrap();
            fs::rename(&home, guest.join("moved")).unwrap();
            fs::write(guest.join("moved/deep/er/file"), format!("{round}")).unwrap();
            fs::write(guest.join("moved/deep/another"), format!("{round}")).unwrap();
            fs::rename(guest.join("moved"), &home).unwrap();
            fs::write(home.join("deep/er/file"), format!("{round} again")).unwrap();
        }
    }
}

fn delete(root: &Path) {
    for number in (1..200).step_by(2) {
        let home = root.join(format!("old/{}/{number}", number % 10));
        fs::remove_dir_all(&home).unwrap();
        fs::create_dir_all(home.join("deep/er")).unwrap();
        fs::write(home.join("deep/er/reborn"), "new").unwrap();
        fs::remove_file(home.join("deep/er/reborn")).unwrap();
        fs::write(home.join("deep/er/file"), "new").unwrap();
    }
}

#[test]
fn a_watched_folder_costs_less_than_a_kibibyte() {
    if !is_alone("watch::tests::stress::a_watched_folder_costs_less_than_a_kibibyte", |command| command) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for number in 0..FOLDERS {
        // Long paths, of which only the last names may count.
        let long = format!("{}/{}/folder-{number}", "x".repeat(200), "y".repeat(200));
        fs::create_dir_all(folder.path().join(long)).unwrap();
    }
    let before = resident();
    let watch = watch(folder.path());
    let after = resident();
    assert!(!watch.news().blind);
    let each = after.saturating_sub(before) / FOLDERS;
    println!("{each} bytes for each folder");
    assert!(each < 1024, "{each} bytes for each folder");
}

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
