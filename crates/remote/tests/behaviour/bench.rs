//! A source, a remote and a target to restore into, with short words for what tests do to them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use futures::TryStreamExt;
use podfs_sync::entry::Listed;
use podfs_sync::head::{self, Head};
use podfs_sync::local::{LocalRoot, Source};
use podfs_sync::observer::Silent;
use podfs_sync::receipt::{self, Receipt};
use podfs_sync::{Direction, Fidelity, RelativePath, Remote, Report, Settings, Sync, SyncError};
use podfs_testkit::servers::SharedFolder;
use podfs_testkit::tree::{Compare, Snapshot, assert_same, snapshot, state_of};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::meddler::{Meddler, Trouble};
use crate::place::{Opened, Place};

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) place: Place,
    pub(crate) opened: Opened,
    pub(crate) stop: CancellationToken,
    written: AtomicU64,
}

impl Bench {
    pub(crate) async fn new(place: Place) -> Result<Self> {
        let folder = TempDir::new_in(SharedFolder::get()?.path())?;
        for name in ["source", "target", "scratch", "receipts"] {
            std::fs::create_dir(folder.path().join(name))?;
        }
        let opened = place.open(folder.path()).await?;
        Ok(Self { folder, place, opened, stop: CancellationToken::new(), written: AtomicU64::new(0) })
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    pub(crate) fn remote(&self) -> &Arc<dyn Remote> {
        &self.opened.remote
    }

    /// Writes a source file. Each gets an older time of its own, because some stores only know when a file was
    /// stored, and that in whole seconds.
    pub(crate) fn write(&self, path: &str, content: &str) {
        self.write_in(&self.source(), path, content);
    }

    /// The same anywhere.
    pub(crate) fn write_in(&self, folder: &Path, path: &str, content: &str) {
        write_below(folder, path, content);
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let time = SystemTime::now() - Duration::from_secs(3600) + Duration::from_secs(number);
        std::fs::File::open(folder.join(path)).unwrap().set_modified(time).unwrap();
    }

    /// A sync of one direction with settings that `change` has had a hand in.
    pub(crate) fn sync(&self, direction: Direction, change: impl FnOnce(&mut Settings)) -> Sync {
        let mut settings = Settings {
            direction,
            delete: true,
            force: false,
            require_receipt: false,
            overwrite: false,
            receipt_file: Some(self.folder.path().join("receipts/target.json")),
            unfinished_file: None,
            max_delete: None,
            transfers: NonZeroUsize::new(4),
            plain: false,
            checksum: false,
            fidelity: Fidelity::Possible,
            excluded: Vec::new(),
            scratch: self.folder.path().join("scratch"),
        };
        // The tests may run as root, whose folders a restore refuses; the valve has tests of its own.
        if direction == Direction::FromRemote {
            settings.force = true;
        }
        change(&mut settings);
        let local = if direction == Direction::ToRemote { self.source() } else { self.target() };
        Sync {
            remote: Arc::clone(self.remote()),
            local,
            settings,
            observer: Arc::new(Silent),
            stop: self.stop.clone(),
            scope: podfs_sync::Scope::Everything,
            index: None,
            mounts: None,
            clock: podfs_sync::Clock::default(),
        }
    }

    pub(crate) async fn upload_with(&self, change: impl FnOnce(&mut Settings)) -> Result<Report, SyncError> {
        run(self.sync(Direction::ToRemote, change)).await
    }

    pub(crate) async fn restore_with(&self, change: impl FnOnce(&mut Settings)) -> Result<Report, SyncError> {
        run(self.sync(Direction::FromRemote, change)).await
    }

    /// A sync from what was restored, as a sidecar's.
    pub(crate) async fn upload_target_with(
        &self,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Report, SyncError> {
        run(Sync { local: self.target(), ..self.sync(Direction::ToRemote, change) }).await
    }

    /// A sync during which one file meets trouble; the truth wins everywhere.
    pub(crate) async fn run_troubled(
        &self,
        direction: Direction,
        victim: &str,
        trouble: Trouble,
    ) -> Result<Report, SyncError> {
        let sync = self.sync(direction, |settings| settings.overwrite = true);
        let remote = Meddler::of(self.remote(), sync.local.join(victim), trouble);
        run(Sync { remote: Arc::new(remote), ..sync }).await
    }

    /// What the head on the remote says.
    pub(crate) async fn head(&self) -> Option<Head> {
        head::read(&**self.remote()).await.unwrap()
    }

    /// The receipt that the last restore left.
    pub(crate) fn receipt(&self) -> Receipt {
        receipt::read(&LocalRoot::open(&self.target()).unwrap(), None).unwrap().unwrap()
    }

    pub(crate) async fn upload(&self) -> Report {
        self.upload_with(|_| {}).await.unwrap()
    }

    pub(crate) async fn restore(&self) -> Report {
        self.restore_with(|_| {}).await.unwrap()
    }

    /// Makes the target an empty folder that no restore has seen.
    pub(crate) fn fresh_target(&self) {
        std::fs::remove_dir_all(self.target()).unwrap();
        std::fs::create_dir(self.target()).unwrap();
    }

    /// The files of the remote but for ours, sorted.
    pub(crate) async fn listed(&self) -> Vec<String> {
        let listing: Vec<Listed> = self.remote().list().try_collect().await.unwrap();
        let mut paths: Vec<String> = listing
            .into_iter()
            .filter_map(|item| match item {
                Listed::File(entry) if !entry.path.is_reserved() => Some(entry.path.to_string()),
                _ => None,
            })
            .collect();
        paths.sort();
        paths
    }

    /// Fails unless the restored tree is the source, with the times that this remote can hold.
    pub(crate) fn assert_restored(&self) {
        let compare = match self.remote().abilities().time_precision {
            Some(precision) if precision.as_nanos() == 1 => Compare::MIRROR,
            _ => Compare::CONTENT,
        };
        assert_same(&self.source_tree(), &snapshot(&self.target()).unwrap(), compare).unwrap();
    }

    /// Fails unless the restored tree is the source with everything that a file system can hold.
    pub(crate) fn assert_faithful(&self) {
        assert_same(&self.source_tree(), &snapshot(&self.target()).unwrap(), Compare::ALL).unwrap();
        assert_eq!(state_of(&self.source()).unwrap(), state_of(&self.target()).unwrap(), "the root");
    }

    /// Our own objects on the remote, with their sizes, sorted.
    pub(crate) async fn podfs_objects(&self) -> Vec<(RelativePath, u64)> {
        let listing: Vec<Listed> = self.remote().list().try_collect().await.unwrap();
        let own = listing.into_iter().filter_map(|item| match item {
            Listed::File(entry) if entry.path.is_reserved() => Some((entry.path, entry.size)),
            _ => None,
        });
        let mut own: Vec<_> = own.collect();
        own.sort();
        own
    }

    pub(crate) fn source_tree(&self) -> Snapshot {
        snapshot(&self.source()).unwrap()
    }
}

pub(crate) async fn run(sync: Sync) -> Result<Report, SyncError> {
    let planned = sync.plan().await?;
    sync.execute(planned).await
}

/// Puts an object on the remote, whatever is there, as any other program would.
pub(crate) async fn put_object(remote: &dyn Remote, path: &RelativePath, content: &[u8]) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("object"), content).unwrap();
    let object = RelativePath::parse("object").unwrap();
    let source = Source::open(&LocalRoot::open(folder.path()).unwrap(), &object).unwrap();
    remote.upload(&source, path).await.unwrap();
}

pub(crate) fn write_below(folder: &std::path::Path, path: &str, content: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}
