//! Which file is the index of a local directory and a remote.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use podfs_sync::index::IndexPlace;

use super::directory::{StateDirectory, hasher_of, name_by};
use crate::identity::Identity;

/// How long a remote is taken for unchanged without a look at its head, while nothing changes here either.
const ASK_EVERY: Duration = Duration::from_secs(3_600);

/// Where Linux says during which of its runs this is (random(4)).
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// The indexes of one local directory, of which each remote has its own.
#[derive(Debug, Clone)]
pub(crate) struct IndexName {
    folder: PathBuf,
    local: PathBuf,
    list_every: Duration,
}

impl IndexName {
    /// Those of the directory at `local` (a real path).
    pub(crate) fn new(state: &StateDirectory, local: &Path, list_every: Duration) -> Self {
        Self { folder: state.indexes(), local: local.to_path_buf(), list_every }
    }

    /// The one for a remote with this identity.
    pub(crate) fn place(&self, remote: &Identity) -> IndexPlace {
        let mut hasher = hasher_of(&self.local, &remote.place);
        let name = name_by(&hasher);
        // Another volume at the same place has other inodes, most likely also for its root.
        let root = std::fs::metadata(&self.local).map_or(0, |metadata| metadata.ino());
        let belongs_to = hasher.update(&root.to_le_bytes()).finalize().to_hex();
        IndexPlace {
            file: self.folder.join(format!("{name}.redb")),
            belongs_to: belongs_to.to_string(),
            boot: std::fs::read_to_string(BOOT).ok().map(|boot| format!("{} {}", boot.trim(), remote.access)),
            ask_every: ASK_EVERY.min(self.list_every),
            list_every: self.list_every,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &Path, local: &str, remote: &str, access: &str) -> IndexPlace {
        let name =
            IndexName { folder: folder.to_path_buf(), local: folder.join(local), list_every: ASK_EVERY };
        name.place(&Identity { place: remote.to_owned(), access: access.to_owned() })
    }

    #[test]
    fn an_index_belongs_to_one_directory_and_one_remote() {
        let folder = tempfile::tempdir().unwrap();
        let place = |local: &str, remote: &str| place(folder.path(), local, remote, "");
        for name in ["one", "other"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let first = place("one", "remote");
        for another in [place("other", "remote"), place("one", "another remote")] {
            assert_ne!(another.file, first.file);
            assert_ne!(another.belongs_to, first.belongs_to);
        }
        assert_eq!(place("one", "remote").belongs_to, first.belongs_to);
        std::fs::rename(folder.path().join("one"), folder.path().join("before")).unwrap();
        std::fs::create_dir(folder.path().join("one")).unwrap();
        let replaced = place("one", "remote");
        assert_eq!(replaced.file, first.file, "the old one is not left behind");
        assert_ne!(replaced.belongs_to, first.belongs_to, "another volume is mounted there");
    }

    /// As after another start of the machine.
    #[test]
    fn with_other_credentials_an_index_counts_once_the_head_was_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|access| place(folder.path(), "local", "remote", access));
        assert_eq!((&one.file, &one.belongs_to), (&other.file, &other.belongs_to));
        assert_ne!(one.boot, other.boot);
        assert_eq!(one.boot, place(folder.path(), "local", "remote", "one").boot);
    }
}
