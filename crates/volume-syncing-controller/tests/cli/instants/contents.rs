//! What the files of a tree hold, and whether each is old or new.

use std::collections::BTreeMap;
use std::path::Path;

use podfs_sync::local::is_temporary_name;
use podfs_testkit::tree::{Kind, Snapshot, snapshot};

/// Files by their hashes and links by what they say. Folders are left out: they hold what they hold.
pub(super) type Contents = BTreeMap<String, String>;

pub(super) fn contents(tree: &Snapshot) -> Contents {
    let files = tree.iter().filter(|(_, state)| state.kind != Kind::Dir);
    files
        .map(|(path, state)| {
            let target = String::from_utf8_lossy(&state.target);
            let content = format!("{:?} of {} bytes {} {target}", state.kind, state.size, state.sha256);
            (String::from_utf8_lossy(path).into_owned(), content)
        })
        .collect()
}

/// What lies in a folder, without what was being written when the program was killed.
pub(super) fn whole_files(folder: &Path) -> Contents {
    if !folder.exists() {
        return Contents::new();
    }
    let mut found = contents(&snapshot(folder).unwrap());
    found.retain(|path, _| !is_temporary(path));
    found
}

pub(super) fn is_temporary(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| is_temporary_name(name.as_bytes()))
}

/// Each file is that of one of the two trees, and none is missing that both have.
pub(super) fn assert_old_or_new(old: &Contents, new: &Contents, found: &Contents, when: &str) {
    for (path, content) in found {
        let known = [old.get(path), new.get(path)];
        assert!(known.contains(&Some(content)), "{when}: {path} is {content}, none of {known:?}");
    }
    let is_file = |content: &&String| content.starts_with("File");
    for (path, content) in new {
        let stays = old.get(path) == Some(content);
        let stays_a_file = is_file(&content) && old.get(path).as_ref().is_some_and(is_file);
        assert!(!(stays || stays_a_file) || found.contains_key(path), "{when}: {path} is gone");
    }
}
