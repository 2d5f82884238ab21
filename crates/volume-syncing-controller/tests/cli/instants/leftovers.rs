//! What a run that went well may leave beside the files: nothing but what the next one needs.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::contents::is_temporary;
use crate::place::names_below;

/// How the names of configurations begin that are not yet whole.
const CONFIGURATION: &str = ".rclone.conf-";

/// Fails when something lies in the folder of a trial that nobody needs.
pub(super) fn assert_none(world: &Path, when: &str) {
    const KNOWN: [&str; 8] = ["data", "mirror", "state", "back", "peek", "rclone.conf", "stdout", "stderr"];
    // Beside the receipts, which lie with the volumes.
    const RECEIPTS: [&str; 4] = [".base", ".base.label", ".brought", ".brought.label"];
    for entry in fs::read_dir(world).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        // An empty one may be somebody's who is about to write it, for a minute.
        let young = name.starts_with(CONFIGURATION) && entry.metadata().is_ok_and(|data| data.len() == 0);
        assert!(young || KNOWN.contains(&name.as_str()), "{when}: {name} was left behind");
    }
    for name in names_below(&world.join("state")) {
        let needed = ["downloads", "indexes", "locks", "receipts", "scratch", "uploads"]
            .contains(&name.as_str())
            || name.starts_with("indexes/") && name.ends_with(".redb")
            || name.starts_with("locks/") && name.ends_with(".lock")
            || name.starts_with("receipts/") && RECEIPTS.iter().any(|suffix| name.ends_with(suffix));
        assert!(needed, "{when}: {name} was left behind in the state directory");
    }
    for name in names_below(&world.join("back")) {
        assert!(!is_temporary(&name), "{when}: {name} was left behind by a restore");
    }
}

/// What killed uploads left on a remote, and killed writers of a configuration, is days older from now on, and so nobody's.
pub(super) fn age(world: &Path) {
    let long_ago = SystemTime::now() - Duration::from_secs(2 * 86_400);
    for name in names_below(world).iter().filter(|name| is_temporary(name) || name.starts_with(CONFIGURATION))
    {
        File::open(world.join(name)).unwrap().set_modified(long_ago).unwrap();
    }
}

/// Fails when there is an unfinished configuration.
pub(super) fn assert_no_configuration_is_left(world: &Path) {
    let left = names_below(world).into_iter().find(|name| name.starts_with(CONFIGURATION));
    assert_eq!(left, None);
}

/// Fails when a mirror that nobody encrypted holds anything but the tree's files and what its head names, and what the head
/// before named.
pub(super) fn assert_mirror_is_clean(mirror: &Path, before: &[String]) {
    let named = named(mirror);
    for name in names_below(mirror) {
        assert!(!is_temporary(&name), "{name} was left behind on the remote");
        if let Some(part) = name.strip_prefix(".podfs/manifest/") {
            let known = named.iter().chain(before).any(|known| known == part);
            assert!(known, "{part} is named by no head and was left behind");
        }
    }
}

/// The parts of the manifest that the head of a mirror names.
pub(super) fn named(mirror: &Path) -> Vec<String> {
    let head: serde_json::Value =
        serde_json::from_slice(&fs::read(mirror.join(".podfs/head")).unwrap()).unwrap();
    let parts = head["manifest"].as_array().unwrap();
    parts.iter().map(|part| part["name"].as_str().unwrap().to_owned()).collect()
}
