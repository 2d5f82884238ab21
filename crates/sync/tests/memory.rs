//! A plan takes no more memory for a large tree than for one that fills its windows. Alone in its binary, because the
//! memory of the whole process is looked at.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use podfs_sync::local::{Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::observer::Silent;
use podfs_sync::settings::DEFAULT_TRANSFERS;
use podfs_sync::{
    Abilities, Came, Direction, Entry, ErrorKind, Fidelity, Listed, Modified, RelativePath, Remote,
    RemoteError, Settings, Small, Sync, Version,
};
use tokio_util::sync::CancellationToken;

/// Files on each side. All their names together take 35 MB, and more as entries of a listing.
const FILES: usize = 300_000;
const FILES_PER_FOLDER: usize = 1_000;
/// What planning may add to the memory of the process, at its highest.
const BOUND_KIB: u64 = 32 * 1024;

fn path(number: usize) -> String {
    format!("{:03}/{number:0>112}", number / FILES_PER_FOLDER)
}

/// A remote that only lists: every second file has a name that the local tree does not have.
struct Lister;

#[async_trait]
impl Remote for Lister {
    fn label(&self) -> String {
        "a listing".to_owned()
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            time_precision: None,
            flat: true,
            delete_batch: 1,
            copies: false,
            transfers: DEFAULT_TRANSFERS,
        }
    }

    fn check_name(&self, _: &RelativePath) -> Result<(), RemoteError> {
        Ok(())
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        let entry = |number: usize| {
            let other = if number.is_multiple_of(2) { "-" } else { "" };
            let path = RelativePath::parse(format!("{}{other}", path(number))).unwrap();
            Ok(Listed::File(Entry { path, size: 1, modified: Modified::Unknown, tag: None }))
        };
        // No store's order is relied upon.
        futures::stream::iter((0..FILES).rev()).map(entry).boxed()
    }

    async fn stat(&self, _: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        Err(cannot())
    }

    async fn upload(&self, _: &Source, _: &RelativePath) -> Result<Stored, RemoteError> {
        Err(cannot())
    }

    async fn download(&self, _: &Entry, _: &Target) -> Result<Came, RemoteError> {
        Err(cannot())
    }

    async fn delete(&self, _: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        panic!("{}", cannot())
    }

    async fn read_small(&self, _: &RelativePath, _: usize) -> Result<Option<Small>, RemoteError> {
        Ok(None)
    }

    async fn write_small(
        &self,
        _: &RelativePath,
        _: &[u8],
        _: Option<&Version>,
    ) -> Result<Version, RemoteError> {
        Err(cannot())
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        Err(cannot())
    }

    fn requests(&self) -> Option<u64> {
        None
    }
}

fn cannot() -> RemoteError {
    RemoteError::new(ErrorKind::Unsupported, "use", "a listing", "it only lists")
}

/// Many names of a few empty files.
fn make_tree(folder: &Path) {
    for first in (0..FILES).step_by(FILES_PER_FOLDER) {
        let original = folder.join(path(first));
        std::fs::create_dir(original.parent().unwrap()).unwrap();
        std::fs::write(&original, "").unwrap();
        for number in first + 1..first + FILES_PER_FOLDER {
            std::fs::hard_link(&original, folder.join(path(number))).unwrap();
        }
    }
}

/// The most memory that this process ever had, in KiB.
fn highest_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn planning_takes_bounded_memory_however_large_the_tree_is() {
    let folder = tempfile::tempdir().unwrap();
    let [local, scratch] = ["local", "scratch"].map(|name| folder.path().join(name));
    std::fs::create_dir(&local).unwrap();
    std::fs::create_dir(&scratch).unwrap();
    make_tree(&local);
    let settings = Settings {
        direction: Direction::ToRemote,
        delete: true,
        force: false,
        require_receipt: false,
        overwrite: false,
        receipt_file: None,
        unfinished_file: None,
        max_delete: None,
        transfers: NonZeroUsize::new(1),
        plain: false,
        checksum: false,
        fidelity: Fidelity::Possible,
        excluded: Vec::new(),
        scratch,
    };
    let sync = Sync {
        remote: Arc::new(Lister),
        local,
        settings,
        observer: Arc::new(Silent),
        stop: CancellationToken::new(),
        scope: podfs_sync::Scope::Everything,
        index: None,
        mounts: None,
        clock: Default::default(),
    };
    let before = highest_memory();
    let mut planned = sync.plan().await.unwrap();
    let steps = planned.steps().unwrap().map(Result::unwrap).count();
    let taken = highest_memory() - before;
    let totals = planned.totals();
    assert_eq!((totals.copies, totals.deletes), (FILES as u64, FILES as u64 / 2));
    assert_eq!(steps as u64, totals.copies + totals.deletes + totals.attributes);
    assert!(taken < BOUND_KIB, "planning took {taken} KiB");
}
