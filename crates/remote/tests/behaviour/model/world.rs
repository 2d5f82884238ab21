//! Doing operations for real, and asking the model after each.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use podfs_sync::index::IndexPlace;
use podfs_sync::local::{LocalRoot, Source};
use podfs_sync::{Clock, Direction, RelativePath, Report, Sync, SyncError};
use podfs_testkit::tree::{snapshot, state_of};

use crate::bench::Bench;
use crate::model::edit;
use crate::model::operation::{Operation, Writer};
use crate::model::remote::{Expected, Tree, contents};
use crate::model::volume::Volume;
use crate::place::Place;
use crate::stopper::Stopper;

/// Two writers with their trees, a remote, and what the model makes of it.
pub(super) struct World {
    pub(super) bench: Bench,
    pub(super) expected: Expected,
    /// Of the next edit.
    number: u64,
    /// Another program changed files of the remote since a sync has listed it well: until then, nobody promises anything.
    pub(super) meddled: bool,
    /// Who synced last. What another writer did is seen when the head is looked at, after an hour at most.
    pub(super) last: Option<PathBuf>,
    /// The first writer's, and the second's.
    volumes: [Volume; 2],
    /// Another program put files there that no manifest described at the time.
    pub(super) strangers: bool,
    /// Those that were set.
    clocks: BTreeMap<PathBuf, Clock>,
}

/// How a sync or restore is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    pub(super) delete: bool,
    pub(super) overwrite: bool,
    /// Killed at this request.
    pub(super) stopped_at: Option<u8>,
}

impl How {
    pub(super) const WHOLE: Self = Self { delete: true, overwrite: true, stopped_at: None };
}

/// What was found wrong.
pub(super) type Outcome = Result<(), String>;

impl World {
    pub(super) async fn new(place: Place) -> Self {
        let bench = Bench::new(place).await.unwrap();
        fs::create_dir(bench.folder.path().join("second")).unwrap();
        Self {
            bench,
            expected: Expected::default(),
            number: 0,
            meddled: false,
            last: None,
            volumes: Default::default(),
            strangers: false,
            clocks: BTreeMap::new(),
        }
    }

    pub(super) async fn run(&mut self, operation: &Operation) -> Outcome {
        self.number += 1;
        match operation {
            Operation::Edit(writer, edit) => {
                edit.apply(&self.tree_of(*writer), self.number);
                self.volume(*writer).edited = true;
                Ok(())
            }
            Operation::Sync { writer, delete, overwrite, stopped_at } => {
                self.sync(*writer, How { delete: *delete, overwrite: *overwrite, stopped_at: *stopped_at })
                    .await
            }
            Operation::RestoreFresh => self.restore_fresh().await,
            Operation::RestoreOver { writer, overwrite, stopped_at } => {
                let how = How { delete: true, overwrite: *overwrite, stopped_at: *stopped_at };
                self.restore_over(*writer, how).await
            }
            Operation::Put(path, size) => self.put(path, (*size).into()).await,
            Operation::TakeAway(path) => self.take_away(path).await,
            Operation::IndexLost(writer) => {
                let _ = fs::remove_file(self.index(&self.tree_of(*writer)).file);
                Ok(())
            }
            Operation::ClockMoved(writer, hours) => {
                self.clocks.insert(self.tree_of(*writer), Clock::ahead_by(hours * 3_600_000_000_000));
                Ok(())
            }
        }
    }

    /// One more sync and restore, and then everything is as the first writer has it, and there is nothing left to do.
    pub(super) async fn settle(&mut self) -> Outcome {
        self.sync(Writer::First, How::WHOLE).await?;
        let (again, _) = self.run_sync(Direction::ToRemote, &self.bench.source(), How::WHOLE).await;
        let again = again.map_err(|error| format!("the second sync failed: {error}"))?;
        if !is_idle(&again) {
            return Err(format!("the second sync had something to do: {again:?}"));
        }
        self.restore_fresh().await
    }

    pub(super) fn tree_of(&self, writer: Writer) -> PathBuf {
        match writer {
            Writer::First => self.bench.source(),
            Writer::Second => self.bench.folder.path().join("second"),
        }
    }

    pub(super) fn volume(&mut self, writer: Writer) -> &mut Volume {
        &mut self.volumes[usize::from(writer == Writer::Second)]
    }

    /// Its report, if it came that far, and whether it was stopped.
    pub(super) async fn run_sync(
        &self,
        direction: Direction,
        local: &Path,
        how: How,
    ) -> (Result<Report, SyncError>, bool) {
        let stopper =
            Arc::new(Stopper::after(self.bench.remote(), how.stopped_at.map_or(i64::MAX, i64::from)));
        let name = local.file_name().unwrap().to_str().unwrap();
        let receipt = self.bench.folder.path().join(format!("receipts/{name}.json"));
        // The settings of every sync of the model: what becomes possible later is switched on here.
        let sync = self.bench.sync(direction, |settings| {
            settings.delete = how.delete;
            settings.overwrite = how.overwrite;
            settings.receipt_file = Some(receipt);
            settings.force = true;
            // One after the other, so that each number of requests is one state.
            settings.transfers = NonZeroUsize::new(1);
        });
        let remote = Arc::clone(&stopper);
        let index = (direction == Direction::ToRemote).then(|| self.index(local));
        let clock = self.clocks.get(local).copied().unwrap_or_default();
        let sync = Sync { remote, local: local.to_owned(), index, clock, ..sync };
        let result = match sync.plan().await {
            Ok(planned) => sync.execute(planned).await,
            Err(error) => Err(error),
        };
        (result, stopper.stopped())
    }

    /// Each writer has its own. A remote that somebody else changed is looked at, as it is after a while by itself.
    fn index(&self, local: &Path) -> IndexPlace {
        let day = Duration::from_secs(86_400);
        let when = |due: bool| if due { Duration::ZERO } else { day };
        let (list_every, ask_every) = (when(self.meddled), when(self.last.as_deref() != Some(local)));
        let name = local.file_name().unwrap().to_str().unwrap();
        let file = self.bench.folder.path().join(format!("{name}.redb"));
        let boot = Some("the only one".to_owned());
        IndexPlace { file, belongs_to: name.to_owned(), boot, ask_every, list_every }
    }

    /// Stock rclone would not make a folder where a file is either, on most stores.
    async fn put(&mut self, path: &Path, size: usize) -> Outcome {
        let (path, bytes) = (relative(path), edit::content(self.number, size));
        let elsewhere = self.bench.folder.path().join("elsewhere");
        let _ = fs::remove_dir_all(&elsewhere);
        edit::write(&elsewhere.join(path.as_path()), &bytes, self.number).unwrap();
        let content = contents(&look(&elsewhere).0).remove(path.as_bytes()).unwrap();
        if self.expected.clashes(path.as_bytes(), &content) {
            return Ok(());
        }
        let source = Source::open(&LocalRoot::open(&elsewhere).unwrap(), &path).unwrap();
        self.bench.remote().upload(&source, &path).await.map_err(|error| error.to_string())?;
        self.expected.put(path.as_bytes(), content);
        self.strangers = true;
        self.meddled = true;
        Ok(())
    }

    async fn take_away(&mut self, path: &Path) -> Outcome {
        let path = relative(path);
        if !self.bench.listed().await.contains(&path.to_string()) {
            return Ok(());
        }
        if let Some((path, error)) = self.bench.remote().delete(std::slice::from_ref(&path)).await.first() {
            return Err(format!("{path}: {error}"));
        }
        self.expected.taken_away(path.as_bytes());
        self.meddled = true;
        Ok(())
    }
}

pub(super) fn is_idle(report: &Report) -> bool {
    (report.copied, report.deleted, report.attributes) == (0, 0, 0)
}

pub(super) fn look(tree: &Path) -> Tree {
    (snapshot(tree).unwrap(), state_of(tree).unwrap())
}

fn relative(path: &Path) -> RelativePath {
    RelativePath::parse(path.to_str().unwrap()).unwrap()
}
