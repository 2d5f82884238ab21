//! A local tree that changes while it is walked.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use podfs_sync::local::{Depth, LocalRoot, Scan, Scanned};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

/// Modes mean nothing to root. This thread gives up what makes it so; others keep it.
fn obey_modes() {
    let mut held = capabilities(None).unwrap();
    held.effective -= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
    set_capabilities(None, held).unwrap();
}

fn show(item: Scanned) -> String {
    match item {
        Scanned::Found(node) => node.path.map_or_else(|| ".".to_owned(), |path| path.to_string()),
        Scanned::Unreadable { path: Some(path), .. } => format!("{path}?"),
        other => format!("{other:?}"),
    }
}

/// What lies in it is unknown, and the rest of the tree is walked all the same. A folder that went away is gone.
fn walk_while_folders_close_and_vanish() {
    obey_modes();
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "closed", "gone", "z"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("file"), "").unwrap();
    }
    let root = LocalRoot::open(folder.path()).unwrap();
    let mut scan = Scan::new(&root, Depth::Attributes);
    assert_eq!(scan.by_ref().take(3).map(show).collect::<Vec<_>>(), [".", "a", "a/file"]);
    fs::set_permissions(folder.path().join("closed"), Permissions::from_mode(0o000)).unwrap();
    fs::remove_dir_all(folder.path().join("gone")).unwrap();
    assert_eq!(scan.map(show).collect::<Vec<_>>(), ["closed?", "z", "z/file"]);
    fs::set_permissions(folder.path().join("closed"), Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_folder_that_closes_while_it_is_walked_is_unknown_and_one_that_vanishes_is_gone() {
    std::thread::spawn(walk_while_folders_close_and_vanish).join().unwrap();
}
