//! Doing operations for real, and asking the model after each.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use podfs_sync::index::IndexPlace;
use podfs_sync::local::{LocalRoot, Source};
use podfs_sync::{Direction, RelativePath, Report, Sync, Verdict};
use podfs_testkit::tree::{snapshot, state_of};

use crate::bench::Bench;
use crate::model::edit;
use crate::model::operation::{Operation, Writer};
use crate::model::remote::{Expected, Tree, contents};
use crate::place::Place;
use crate::stopper::Stopper;

/// Two writers with their trees, a remote, and what the model makes of it.
pub(super) struct World {
    bench: Bench,
    expected: Expected,
    /// Of the next edit.
    number: u64,
    /// Another program changed files of the remote since a sync has listed it well: until then, nobody promises anything.
    meddled: bool,
    /// Who synced last. What another writer did is seen when the head is looked at, after an hour at most.
    last: Option<PathBuf>,
}

/// What was found wrong.
type Outcome = Result<(), String>;

impl World {
    pub(super) async fn new(place: Place) -> Self {
        let bench = Bench::new(place).await.unwrap();
        fs::create_dir(bench.folder.path().join("second")).unwrap();
        Self { bench, expected: Expected::default(), number: 0, meddled: false, last: None }
    }

    pub(super) async fn run(&mut self, operation: &Operation) -> Outcome {
        self.number += 1;
        match operation {
            Operation::Edit(writer, edit) => {
                edit.apply(&self.tree_of(*writer), self.number);
                Ok(())
            }
            Operation::Sync { writer, delete, stopped_at } => self.sync(*writer, *delete, *stopped_at).await,
            Operation::RestoreFresh => self.restore_fresh().await,
            Operation::RestoreOver { writer, stopped_at } => self.restore_over(*writer, *stopped_at).await,
            Operation::Put(path, size) => self.put(path, (*size).into()).await,
            Operation::TakeAway(path) => self.take_away(path).await,
            Operation::IndexLost(writer) => {
                let _ = fs::remove_file(self.index(&self.tree_of(*writer)).file);
                Ok(())
            }
        }
    }

    /// One more sync and restore, and then everything is as the first writer has it, and there is nothing left to do.
    pub(super) async fn settle(&mut self) -> Outcome {
        self.sync(Writer::First, true, None).await?;
        let (again, _) = self.run_sync(Direction::ToRemote, &self.bench.source(), true, None).await;
        let again = again.ok_or("the second sync failed")?;
        if (again.copied, again.deleted, again.attributes) != (0, 0, 0) {
            return Err(format!("the second sync had something to do: {again:?}"));
        }
        self.restore_fresh().await
    }

    fn tree_of(&self, writer: Writer) -> PathBuf {
        match writer {
            Writer::First => self.bench.source(),
            Writer::Second => self.bench.folder.path().join("second"),
        }
    }

    async fn sync(&mut self, writer: Writer, delete: bool, stopped_at: Option<u8>) -> Outcome {
        let tree = self.tree_of(writer);
        let before = look(&tree);
        let (report, stopped) = self.run_sync(Direction::ToRemote, &tree, delete, stopped_at).await;
        if look(&tree) != before {
            return Err("a sync changed the tree that it reads".to_owned());
        }
        let ended = report.is_some() && !stopped;
        // Whoever deletes nothing leaves what others put there.
        self.meddled &= !(ended && delete);
        self.last = ended.then_some(tree);
        let well = report.as_ref().is_some_and(|report| report.verdict() == Verdict::Done);
        match (well, delete) {
            // Tidying up after itself may fail, and changes nothing that a restore sees.
            (true, true) => self.expected.synced(before),
            (_, false) => self.expected.added(&before.0, well),
            (false, true) if stopped => self.expected.old_or_new(&before.0),
            (false, true) => return Err(format!("it failed by itself: {report:?}")),
        }
        Ok(())
    }

    async fn restore_fresh(&mut self) -> Outcome {
        let target = self.bench.target();
        fs::remove_dir_all(&target).unwrap();
        fs::create_dir(&target).unwrap();
        self.restore_whole(&target).await
    }

    /// Whatever the tree was, it is what the remote is.
    async fn restore_over(&mut self, writer: Writer, stopped_at: Option<u8>) -> Outcome {
        // Before there is a manifest nothing is known of links, and those of the tree stay.
        if self.bench.head().await.is_none_or(|head| head.manifest.is_empty()) {
            return Ok(());
        }
        let tree = self.tree_of(writer);
        if stopped_at.is_none() {
            return self.restore_whole(&tree).await;
        }
        let before = look(&tree);
        let (report, stopped) = self.run_sync(Direction::FromRemote, &tree, true, stopped_at).await;
        let after = look(&tree);
        match report.filter(|report| report.verdict() == Verdict::Done) {
            Some(_) => self.expected.check(&after),
            None if stopped || self.expected.may_be_partial() => {
                self.expected.check_half(&contents(&before.0), &contents(&after.0))
            }
            None => Err("the restore failed by itself".to_owned()),
        }
    }

    async fn restore_whole(&mut self, target: &Path) -> Outcome {
        let before = contents(&look(target).0);
        match self.run_sync(Direction::FromRemote, target, true, None).await.0 {
            Some(report) if report.verdict() == Verdict::Done => self.expected.check(&look(target)),
            Some(_) if self.expected.may_be_partial() => {
                self.expected.check_half(&before, &contents(&look(target).0))
            }
            report => Err(format!("the restore failed: {report:?}")),
        }
    }

    /// Its report, if it came that far, and whether it was stopped.
    async fn run_sync(
        &self,
        direction: Direction,
        local: &Path,
        delete: bool,
        stopped_at: Option<u8>,
    ) -> (Option<Report>, bool) {
        let stopper = Arc::new(Stopper::after(self.bench.remote(), stopped_at.map_or(i64::MAX, i64::from)));
        // The settings of every sync of the model: what becomes possible later is switched on here.
        let sync = self.bench.sync(direction, |settings| {
            settings.delete = delete;
            settings.force = true;
            // One after the other, so that each number of requests is one state.
            settings.transfers = 1.try_into().unwrap();
        });
        let remote = Arc::clone(&stopper);
        let index = (direction == Direction::ToRemote).then(|| self.index(local));
        let sync = Sync { remote, local: local.to_owned(), index, ..sync };
        let report = match sync.plan().await {
            Ok(planned) => sync.execute(planned).await.ok(),
            Err(_) => None,
        };
        (report, stopper.stopped())
    }

    /// Each writer has its own. A remote that somebody else changed is looked at, as it is after a while by itself.
    fn index(&self, local: &Path) -> IndexPlace {
        let day = Duration::from_secs(86_400);
        let when = |due: bool| if due { Duration::ZERO } else { day };
        let (list_every, ask_every) = (when(self.meddled), when(self.last.as_deref() != Some(local)));
        let name = local.file_name().unwrap().to_str().unwrap();
        let file = self.bench.folder.path().join(format!("{name}.redb"));
        IndexPlace { file, belongs_to: name.to_owned(), ask_every, list_every }
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

fn look(tree: &Path) -> Tree {
    (snapshot(tree).unwrap(), state_of(tree).unwrap())
}

fn relative(path: &Path) -> RelativePath {
    RelativePath::parse(path.to_str().unwrap()).unwrap()
}
