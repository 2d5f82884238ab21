//! What a sync to the remote knows from the last one: when that suffices for a plan, and what the next is to know.

use std::collections::HashSet;
use std::sync::Arc;

use super::volume::Volume;
use super::{Basics, Sync, SyncError};
use crate::guard;
use crate::head::{self, Head};
use crate::index::{self, Basis, Index, IndexError, IndexPlace, Row, on_thread};
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
pub(super) struct LastSync {
    /// `None` where there is none, or nothing in it is to be believed.
    index: Option<Arc<Index>>,
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
    pub(super) async fn last_sync(&self, root: Option<&Arc<LocalRoot>>) -> Option<LastSync> {
        if self.settings.direction != Direction::ToRemote || self.settings.plain || root.is_none() {
            return None;
        }
        let (place, delete, now) = (self.index.clone()?, self.settings.delete, self.clock.now());
        let opening = move || {
            let (index, basis) = open(&place)?.unzip();
            Ok(LastSync { index: index.map(Arc::new), place, basis: basis.flatten(), now })
        };
        match on_thread(opening).await {
            Ok(last) => Some(last.trusted(delete)),
            Err(error) => {
                tracing::warn!(%error, "the local index cannot be used; the remote is listed instead");
                None
            }
        }
    }

    /// A plan by what the index remembers; `None` when the remote has to be listed.
    pub(super) async fn recall(
        &self,
        last: &mut LastSync,
        context: &Context<'_>,
        volume: &Volume,
        shown: &str,
    ) -> Result<Option<Basics>, SyncError> {
        let (Some(basis), Some(index)) = (last.basis.clone(), &last.index) else { return Ok(None) };
        let Some(plan) = self.compare_with(index, &basis, context).await? else {
            last.basis = None;
            return Ok(None);
        };
        if plan.is_empty() && !basis.asks(&last.place, last.now) {
            return Ok(Some(Basics { plan, head: None, manifest: Manifest::default() }));
        }
        let head = head::read(&*self.remote).await?;
        last.basis = None;
        if !basis.agrees_with(head.as_ref()) {
            tracing::warn!("the remote is not as the last sync from here left it; it is listed again");
            return Ok(None);
        }
        if !plan.is_empty() {
            guard::before_upload(&volume.found, head.as_ref(), &self.settings, shown)?;
        }
        let mut manifest =
            head.as_ref().map_or_else(Manifest::default, |head| Manifest::named(&head.manifest));
        if plan.is_empty() || manifest.may_grow(&*self.remote, &self.settings.scratch).await? {
            last.basis = Some(basis);
            return Ok(Some(Basics { plan, head, manifest }));
        }
        tracing::warn!("the remote is listed, and its manifest written anew");
        Ok(None)
    }

    async fn compare_with(
        &self,
        index: &Arc<Index>,
        basis: &Basis,
        context: &Context<'_>,
    ) -> Result<Option<Plan>, SyncError> {
        let Some(root) = &context.root else { return Ok(None) };
        let mut scope = self.scope.clone();
        loop {
            let remembered = Remembered {
                index: Arc::clone(index),
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

impl LastSync {
    /// Without what is not to be believed in this sync.
    fn trusted(mut self, delete: bool) -> Self {
        let strange = match &self.basis {
            Some(basis) => basis.is_strange(&self.place),
            None => Some("nobody knows what it tells of"),
        };
        let Some(index) = &self.index else { return self };
        let broken_off = (!index.counts).then_some("the last sync did not end well");
        let outdated = || self.basis.as_ref()?.refusal(&self.place, delete, self.now);
        if let Some(reason) = strange.or(broken_off).or_else(outdated) {
            tracing::info!("the local index is left aside: {reason}");
            self.basis = None;
        }
        if strange.is_some() {
            self.index = None;
        }
        self
    }

    /// What still tells which files were changed, where the rows do not count.
    pub(super) const fn marks(&self) -> Option<&Arc<Index>> {
        self.index.as_ref()
    }

    /// Says that the remote is about to change. `None`: the index is of no use any more.
    pub(super) async fn begin(self) -> Option<Self> {
        let file = self.place.file.clone();
        match on_thread(move || index::put_aside(&file)).await {
            Ok(()) => Some(self),
            Err(error) => {
                tracing::warn!(%error, "the local index is thrown away");
                if let Err(error) = index::discard(&self.place.file) {
                    // Nobody must ever believe it.
                    tracing::warn!(%error, "the local index {} cannot be removed", self.place.file.display());
                }
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
        let file = place.file;
        let taking = move || {
            let waits = |row: &Row| row.path.as_ref().is_some_and(|path| learned.waiting.contains(path));
            let rows = learned.rows.into_items()?.filter(|row| !row.as_ref().is_ok_and(waits));
            let changes = rows.chain(learned.uploaded.into_items()?);
            index::update(&file, changes, &basis, anew)
        };
        if let Err(error) = on_thread(taking).await {
            tracing::warn!(%error, "the local index cannot be written; the next sync lists the remote");
        }
    }
}

/// Opens the index, and what its rows stand for. One that is damaged goes away, so that there is another after this sync.
fn open(place: &IndexPlace) -> Result<Option<(Index, Option<Basis>)>, IndexError> {
    let opening = || {
        let Some(index) = Index::open(&place.file)? else { return Ok(None) };
        let basis = index.basis()?;
        Ok(Some((index, basis)))
    };
    match std::panic::catch_unwind(opening).unwrap_or(Err(IndexError::Senseless)) {
        Err(error) if error.is_damage() => {
            tracing::warn!(%error, "the local index {} is damaged; it is made anew", place.file.display());
            index::discard(&place.file)?;
            Ok(None)
        }
        opened => opened,
    }
}
