//! What a sync to the remote knows from the last one: when that suffices for a plan, and what the next is to know.

use std::collections::HashSet;
use std::sync::Arc;

use super::volume::Volume;
use super::{Basics, Sync, SyncError};
use crate::guard;
use crate::head::{self, Head};
use crate::index::{self, Basis, Index, IndexError, IndexPlace, Row, on_thread, syncing};
use crate::local::LocalRoot;
use crate::manifest::Manifest;
use crate::path::RelativePath;
use crate::plan::build::{self, Context, Recalled};
use crate::plan::{Plan, Remembered};
use crate::report::{Report, Verdict};
use crate::scope::Scope;
use crate::settings::Direction;
use crate::spool::Spool;
use crate::timestamp::Timestamp;

/// The index of this sync, opened.
pub(super) struct Memory {
    index: Arc<Index>,
    place: IndexPlace,
    /// What its rows stand for, while they count.
    basis: Option<Basis>,
    now: Timestamp,
}

/// What the index is to learn from a sync.
pub(super) struct Learned {
    /// From the plan.
    pub(super) rows: Spool<Row>,
    /// From the uploads.
    pub(super) uploaded: Spool<Row>,
    /// Where a delete that was planned has to wait: what the rows say is not so yet.
    pub(super) waiting: HashSet<RelativePath>,
    /// The remote holds something of which no row tells.
    pub(super) incomplete: bool,
    /// The same, unless all uploads went well.
    pub(super) doubtful: bool,
}

impl Sync {
    /// Opens the index where one is to count. What is wrong with it costs a listing, and is said.
    pub(super) async fn memory(&self, root: Option<&Arc<LocalRoot>>) -> Option<Memory> {
        if self.settings.direction != Direction::ToRemote || self.settings.plain || root.is_none() {
            return None;
        }
        let (place, delete, now) = (self.index.clone()?, self.settings.delete, self.clock.now());
        let opening = move || {
            let index = open(&place)?;
            let basis = index.basis()?;
            Ok(Memory { index: Arc::new(index), place, basis, now })
        };
        match on_thread(opening).await {
            Ok(mut memory) => {
                memory.distrust(delete);
                Some(memory)
            }
            Err(error) => {
                tracing::warn!(%error, "the local index cannot be used; the remote is listed instead");
                None
            }
        }
    }

    /// A plan by what the index remembers; `None` when the remote has to be listed.
    pub(super) async fn recall(
        &self,
        memory: &mut Memory,
        context: &Context<'_>,
        volume: &Volume,
        shown: &str,
    ) -> Result<Option<Basics>, SyncError> {
        let Some(basis) = memory.basis.clone() else { return Ok(None) };
        let Some(plan) = self.compare_with(memory, &basis, context).await? else {
            memory.basis = None;
            return Ok(None);
        };
        if plan.is_empty() && !basis.asks(&memory.place, memory.now) {
            return Ok(Some(Basics { plan, head: None, manifest: Manifest::default() }));
        }
        let head = head::read(&*self.remote).await?;
        if basis.agrees_with(head.as_ref()) {
            if !plan.is_empty() {
                guard::before_upload(&volume.found, head.as_ref(), &self.settings, shown)?;
            }
            let manifest =
                head.as_ref().map_or_else(Manifest::default, |head| Manifest::named(&head.manifest));
            return Ok(Some(Basics { plan, head, manifest }));
        }
        tracing::warn!("the remote is not as the last sync from here left it; it is listed again");
        memory.basis = None;
        Ok(None)
    }

    async fn compare_with(
        &self,
        memory: &Memory,
        basis: &Basis,
        context: &Context<'_>,
    ) -> Result<Option<Plan>, SyncError> {
        let Some(root) = &context.root else { return Ok(None) };
        let mut scope = self.scope.clone();
        loop {
            let remembered = Remembered {
                index: Arc::clone(&memory.index),
                scope: scope.clone(),
                rows: basis.rows,
                files: basis.files,
                checksum: self.settings.checksum,
            };
            match build::remembered(context, root, remembered).await? {
                Recalled::Plan(plan) => return Ok(Some(*plan)),
                Recalled::Widen => {
                    tracing::debug!("a file with several names changed: the whole tree is looked at");
                    scope = Scope::Everything;
                }
                Recalled::Unusable(error) => {
                    tracing::warn!(%error, "the local index is damaged; it is made anew from the remote");
                    return Ok(None);
                }
            }
        }
    }
}

impl Memory {
    /// Leaves out what does not count for this sync.
    fn distrust(&mut self, delete: bool) {
        let Some(basis) = &self.basis else { return };
        if let Some(reason) = basis.refusal(&self.place, delete, self.now) {
            tracing::info!("the local index is left aside: {reason}");
            self.basis = None;
        }
    }

    /// Says that the remote is about to change. `None`: the index is of no use any more.
    pub(super) async fn begin(self) -> Option<Self> {
        let file = self.place.file.clone();
        match on_thread(move || syncing::note(&file)).await {
            Ok(()) => Some(self),
            Err(error) => {
                tracing::warn!(%error, "the local index is thrown away");
                discard(&self.place);
                None
            }
        }
    }

    /// Takes what was learned, once a sync ended with `report` and left `head` on the remote.
    pub(super) async fn end(self, learned: Learned, head: Option<&Head>, report: &Report) {
        if report.verdict() == Verdict::Failed {
            return;
        }
        let Self { index, place, basis, now } = self;
        let nothing_new = learned.rows.is_empty() && learned.uploaded.is_empty();
        let anew = basis.is_none();
        let basis = match (basis, head) {
            (Some(_), None) if nothing_new => return,
            (Some(basis), head) => basis.with(&place, head, now),
            (None, Some(head)) => {
                let all_there = report.verdict() == Verdict::Done && report.vanished == 0;
                let told = !learned.incomplete && learned.waiting.is_empty();
                let complete = told && (all_there || !learned.doubtful);
                Basis::of(&place, head, complete, now)
            }
            (None, None) => return,
        };
        // Whoever has it open keeps others from writing it.
        drop(index);
        let file = place.file.clone();
        let taking = move || {
            let waits = |row: &Row| row.path.as_ref().is_some_and(|path| learned.waiting.contains(path));
            let rows = learned.rows.into_items()?.filter(|row| !row.as_ref().is_ok_and(waits));
            let changes = rows.chain(learned.uploaded.into_items()?);
            index::update(&file, changes, &basis, anew)
        };
        if let Err(error) = on_thread(taking).await {
            tracing::warn!(%error, "the local index cannot be written; the next sync lists the remote");
            discard(&place);
        }
    }
}

/// Nobody must ever believe it.
fn discard(place: &IndexPlace) {
    if let Err(error) = std::fs::remove_file(&place.file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the local index {} cannot be removed", place.file.display());
    }
}

/// Opens the index. A file that is none goes away.
fn open(place: &IndexPlace) -> Result<Index, IndexError> {
    let opened = std::panic::catch_unwind(|| Index::open(&place.file));
    let opened = opened.unwrap_or(Err(IndexError::Senseless));
    match opened {
        Err(error) if error.is_damage() => {
            tracing::warn!(%error, "the local index {} is damaged; it is made anew", place.file.display());
            std::fs::remove_file(&place.file)?;
            Index::open(&place.file)
        }
        opened => opened,
    }
}
