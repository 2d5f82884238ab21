//! Doing operations for real, and asking the model after each.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use podfs_sync::index::IndexPlace;
use podfs_sync::{Clock, Direction, Report, Scope, Sync, SyncError};
use podfs_testkit::tree::{snapshot, state_of};

use crate::bench::Bench;
use crate::model::how::How;
use crate::model::operation::{Operation, Writer};
use crate::model::remote::{Expected, Tree};
use crate::model::stock::{Objects, Stock};
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
    /// What a watch over a tree would have heard of since its last good sync.
    heard: BTreeMap<PathBuf, Scope>,
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
            heard: BTreeMap::new(),
        }
    }

    pub(super) async fn run(&mut self, operation: &Operation) -> Outcome {
        self.number += 1;
        match operation {
            Operation::Edit(writer, edit) => {
                let tree = self.tree_of(*writer);
                let heard = self.heard.entry(tree.clone()).or_default();
                edit.apply_watched(&tree, self.number, heard);
                self.volume(*writer).edited = true;
                Ok(())
            }
            Operation::Sync(writer, how) => self.sync(*writer, *how).await,
            Operation::RestoreFresh => self.restore_fresh().await,
            Operation::RestoreOver(writer, how) => {
                // Nobody keeps a record of what a restore changes.
                self.heard.remove(&self.tree_of(*writer));
                self.restore_over(*writer, *how).await
            }
            Operation::Rclone(stock) => self.rclone(stock).await,
            Operation::IndexLost(writer) => {
                let _ = fs::remove_file(self.index(&self.tree_of(*writer)).file);
                Ok(())
            }
            Operation::IndexDamaged(writer, damage) => {
                damage.apply(&self.index(&self.tree_of(*writer)).file);
                Ok(())
            }
            Operation::ClockMoved(writer, hours) => {
                self.clocks.insert(self.tree_of(*writer), Clock::ahead_by(hours * 3_600_000_000_000));
                Ok(())
            }
        }
    }

    /// One more sync and restore, led by file events where they tell enough and then by a scan: everything is as the first
    /// writer has it, and there is nothing left to do.
    pub(super) async fn settle(&mut self) -> Outcome {
        self.sync(Writer::First, How { by_events: true, ..How::WHOLE }).await?;
        self.restore_fresh().await?;
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
            settings.force = how.force;
            settings.require_receipt = how.require_receipt;
            settings.checksum = how.checksum;
            // One after the other, so that each number of requests is one state.
            settings.transfers = NonZeroUsize::new(1);
        });
        let remote = Arc::clone(&stopper);
        let index = (direction == Direction::ToRemote).then(|| self.index(local));
        let clock = self.clocks.get(local).copied().unwrap_or_default();
        let heard = self.heard.get(local).filter(|_| how.by_events);
        let scope = heard.cloned().unwrap_or_default();
        let sync = Sync { remote, local: local.to_owned(), index, clock, scope, ..sync };
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

    async fn rclone(&mut self, stock: &Stock) -> Outcome {
        let before = Objects::of(&self.bench).await;
        stock.run(&self.bench, &before, self.number);
        let after = Objects::of(&self.bench).await;
        self.expected.meddled(&before.contents, &after.contents);
        self.strangers |= after.contents.iter().any(|(path, now)| before.contents.get(path) != Some(now));
        self.meddled = true;
        Ok(())
    }

    /// The writer's tree was synced, and all that the remote had besides is gone.
    pub(super) fn nothing_heard(&mut self, writer: Writer) {
        self.heard.insert(self.tree_of(writer), Scope::nothing());
    }
}

pub(super) fn is_idle(report: &Report) -> bool {
    (report.copied, report.deleted, report.attributes) == (0, 0, 0)
}

pub(super) fn look(tree: &Path) -> Tree {
    (snapshot(tree).unwrap(), state_of(tree).unwrap())
}
