//! One sync from beginning to end: plan, guard, execute, commit.

mod from_remote;
mod last_sync;
mod left_out;
mod to_remote;
mod volume;

pub use self::left_out::LeftOut;
use self::volume::Volume;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use futures::future::Either;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use self::last_sync::LastSync;
use crate::clock::Clock;
use crate::guard::{self, TargetFacts, Valve};
use crate::head::{self, Head};
use crate::index::IndexPlace;
use crate::local::{LocalError, LocalRoot, SkippedKind};
use crate::manifest::{Manifest, ManifestError};
use crate::mounts::{Mounts, MountsPlace};
use crate::observer::Observer;
use crate::plan::build::{self, Context};
use crate::plan::{Plan, Step, Totals};
use crate::remote::{ErrorKind, Remote, RemoteError};
use crate::report::Report;
use crate::scope::Scope;
use crate::settings::{Direction, Settings};

/// A sync that can be planned and executed.
pub struct Sync {
    /// The remote side.
    pub remote: Arc<dyn Remote>,
    /// The local folder.
    pub local: PathBuf,
    /// What the user decided.
    pub settings: Settings,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
    /// Cancelled: the rest is given up at once, cleanly.
    pub stop: CancellationToken,
    /// What has to be looked at.
    pub scope: Scope,
    /// Where a sync to the remote remembers what it left there; `None`: nowhere.
    pub index: Option<IndexPlace>,
    /// Where it notes what is mounted inside the folder; `None`: nowhere.
    pub mounts: Option<MountsPlace>,
    /// What time it is.
    pub clock: Clock,
}

/// A plan that passed the guard.
pub struct Planned {
    plan: Plan,
    root: Option<Arc<LocalRoot>>,
    head: Option<Head>,
    manifest: Manifest,
    last: Option<LastSync>,
    volume: Volume,
    mounts: Mounts,
    started: Instant,
}

/// A plan, and what was read on the way to it.
struct Basics {
    plan: Plan,
    head: Option<Head>,
    manifest: Manifest,
}

/// Why a sync did not run to its end.
#[derive(Debug, Error)]
pub enum SyncError {
    /// A valve closed before anything was changed.
    #[error(transparent)]
    Refused(#[from] Valve),
    /// The remote cannot be used. Nothing was changed.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The local folder cannot be used. Nothing was changed.
    #[error(transparent)]
    Folder(#[from] LocalError),
    /// The scratch folder cannot hold a large plan. Nothing was changed.
    #[error("cannot keep the plan in the scratch folder: {0}")]
    Scratch(#[source] io::Error),
    /// The manifest cannot be used. Nothing was changed, unless a part of it could not be written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// One of our own threads broke off: a bug of ours.
    #[error("a worker ended unexpectedly: {0}")]
    Worker(#[from] tokio::task::JoinError),
    /// It met an error after which nothing more can go well; what was not done stays as it was.
    #[error("gave up: {cause}")]
    GaveUp {
        /// The error.
        cause: RemoteError,
        /// What was done until then.
        report: Box<Report>,
    },
    /// The rest was given up on request.
    #[error("interrupted before the end; what was not done stays as it was")]
    Interrupted(Box<Report>),
}

impl Sync {
    /// Lists both sides, compares them and asks the guard. Changes nothing anywhere.
    ///
    /// # Errors
    /// When a side cannot be listed, or a valve closes.
    pub async fn plan(&self) -> Result<Planned, SyncError> {
        tokio::select! {
            planned = self.plan_to_end() => planned,
            () = self.stop.cancelled() => Err(SyncError::Interrupted(Box::default())),
        }
    }

    async fn plan_to_end(&self) -> Result<Planned, SyncError> {
        let started = Instant::now();
        let root = self.open_local()?;
        let shown = self.local.display().to_string();
        let mut volume = Volume::look(root.as_deref(), &self.settings);
        if let Err(bad) = &volume.found
            && bad.unread
        {
            // What it says decides what may be overwritten.
            return Err(RemoteError::new(ErrorKind::Other, "begin in", &shown, bad).into());
        }
        let empty = self.check_local(root.is_some(), &volume, &shown)?;
        let mounts = self.mounts(root.as_deref());
        let mut last = self.last_sync(root.as_ref()).await;
        let context = self.context(root.clone(), last.is_some(), &mounts);
        let recalled = match &mut last {
            Some(last) => self.recall(last, &context, &volume, &shown).await?,
            None => None,
        };
        let Basics { plan, head, manifest } = match recalled {
            Some(recalled) => recalled,
            None => self.list(&context, last.as_ref(), &mut volume, empty, &shown).await?,
        };
        guard::check_plan(&plan.totals, &self.settings, &shown)?;
        Ok(Planned { plan, root, head, manifest, last, volume, mounts, started })
    }

    /// The valves that go by the local folder alone. Tells whether there is nothing in a target that a restore could hurt:
    /// a source is not listed for that.
    fn check_local(&self, exists: bool, volume: &Volume, shown: &str) -> Result<bool, SyncError> {
        if self.settings.direction == Direction::ToRemote {
            guard::check_source(&volume.found, &self.settings, shown)?;
            return Ok(false);
        }
        let facts = TargetFacts::look(exists, &self.local, volume.has_receipt())?;
        guard::before_restore(&facts, &self.settings, shown)?;
        Ok(facts.empty)
    }

    /// A plan by the remote's listing and manifest.
    async fn list(
        &self,
        context: &Context<'_>,
        last: Option<&LastSync>,
        volume: &mut Volume,
        empty: bool,
        shown: &str,
    ) -> Result<Basics, SyncError> {
        let head = self.head().await?;
        volume.guard(head.as_ref(), empty, &self.settings, shown)?;
        let manifest = self.manifest(head.as_ref()).await?;
        let counts = self.manifest_counts(&manifest);
        let records = if counts { Some(manifest.records()?) } else { None };
        let history = volume.history(head.as_ref(), &manifest)?;
        let earlier = last.and_then(LastSync::marks).cloned();
        let comparing = build::listed(context, records, history, earlier);
        let plan = self.with_the_right_key(head.as_ref(), comparing).await?;
        self.refuse_without_head(head.as_ref(), &plan)?;
        let (has_parts, totals) = (plan.has_parts(), &plan.totals);
        guard::check_upload(&volume.found, head.as_ref(), totals, has_parts, &self.settings, shown)?;
        Ok(Basics { plan, head, manifest })
    }

    fn context<'sync>(
        &'sync self,
        root: Option<Arc<LocalRoot>>,
        remembers: bool,
        mounts: &'sync Mounts,
    ) -> Context<'sync> {
        let (remote, settings, observer) = (&self.remote, &self.settings, &*self.observer);
        Context { remote, root, settings, observer, clock: self.clock, remembers, mounts }
    }

    /// What is mounted inside the source. A restore has none.
    fn mounts(&self, root: Option<&LocalRoot>) -> Mounts {
        match (root, self.settings.direction) {
            (Some(root), Direction::ToRemote) => {
                Mounts::look(root, self.mounts.as_ref(), self.settings.force)
            }
            _ => Mounts::default(),
        }
    }

    /// The head, where one counts.
    async fn head(&self) -> Result<Option<Head>, RemoteError> {
        if self.settings.plain {
            return Ok(None);
        }
        head::read(&*self.remote).await
    }

    /// The plan, once it is sure that the remote's key is the right one. A head that could be read has shown that;
    /// without one the remote is asked while the plan is made, and a wrong key is told rather than what came of it.
    async fn with_the_right_key(
        &self,
        head: Option<&Head>,
        comparing: impl Future<Output = Result<Plan, SyncError>>,
    ) -> Result<Plan, SyncError> {
        if head.is_some() {
            return comparing.await;
        }
        let comparing = std::pin::pin!(comparing);
        match futures::future::select(self.remote.check_key(), comparing).await {
            Either::Left((checked, comparing)) => {
                checked?;
                comparing.await
            }
            Either::Right((plan, checking)) => {
                checking.await?;
                plan
            }
        }
    }

    /// The manifest that the head names. The truth writes a damaged one anew; a restore would lose by it in silence.
    async fn manifest(&self, head: Option<&Head>) -> Result<Manifest, SyncError> {
        let Some(head) = head else { return Ok(Manifest::default()) };
        match Manifest::read(&*self.remote, &head.manifest, &self.settings.scratch).await {
            Err(error @ ManifestError::Damaged { .. }) if self.settings.direction == Direction::ToRemote => {
                tracing::warn!(%error, "a new manifest begins");
                Ok(Manifest::default())
            }
            other => Ok(other?),
        }
    }

    /// Parts of a manifest that no head names: what they say of the files would be lost in silence.
    fn refuse_without_head(&self, head: Option<&Head>, plan: &Plan) -> Result<(), SyncError> {
        let known = head.is_some_and(Head::is_known);
        if known || self.settings.plain || self.settings.direction == Direction::ToRemote || !plan.has_parts()
        {
            return Ok(());
        }
        Err(ManifestError::Headless.into())
    }

    /// Whether the manifest speaks for what is no file. A sync to the remote begins one where there is none.
    fn manifest_counts(&self, manifest: &Manifest) -> bool {
        match self.settings.direction {
            Direction::ToRemote => !self.settings.plain,
            Direction::FromRemote => !manifest.is_empty(),
        }
    }

    /// The local folder; `None` when it is missing and that is no mistake by itself.
    fn open_local(&self) -> Result<Option<Arc<LocalRoot>>, SyncError> {
        match LocalRoot::open(&self.local) {
            Ok(root) => Ok(Some(Arc::new(root))),
            Err(error) if error.is_not_found() && self.may_be_missing() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A restore makes its target. A source that is missing counts as empty, so that the valve for it speaks.
    const fn may_be_missing(&self) -> bool {
        matches!(self.settings.direction, Direction::FromRemote) || self.settings.delete
    }

    /// Does what the plan says and reports what was really done. Deletes come last, and only after everything
    /// before them went well.
    ///
    /// # Errors
    /// When the sync had to stop before its end. A file that failed by itself is in the report instead.
    pub async fn execute(&self, planned: Planned) -> Result<Report, SyncError> {
        let Planned { plan, root, head, manifest, last, volume, mounts, started } = planned;
        self.observer.planned(&plan.totals);
        mounts.note(&plan.unmounted, self.scope == Scope::Everything);
        let basics = Basics { plan, head, manifest };
        let result = match self.settings.direction {
            // Boxed, because whoever calls this would carry the size of all of it.
            Direction::ToRemote => Box::pin(self.upload(basics, root, last, volume)).await,
            Direction::FromRemote => Box::pin(self.restore(basics, volume)).await,
        };
        let finish = |mut report: Report| {
            report.requests = self.remote.requests();
            report.seconds = started.elapsed();
            report
        };
        match result {
            Ok(report) => Ok(finish(report)),
            Err(SyncError::GaveUp { cause, report }) => {
                Err(SyncError::GaveUp { cause, report: Box::new(finish(*report)) })
            }
            Err(SyncError::Interrupted(report)) => Err(SyncError::Interrupted(Box::new(finish(*report)))),
            Err(other) => Err(other),
        }
    }
}

impl Planned {
    /// What the plan comes to.
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.plan.totals
    }

    /// The steps: copies, deletes, copies that wait for the deletes, and attributes, each in the order of their paths.
    ///
    /// # Errors
    /// When they cannot be read back from disk.
    pub fn steps(&mut self) -> io::Result<impl Iterator<Item = io::Result<Step>> + '_> {
        self.plan.steps()
    }

    /// What is left out because a mirror cannot hold it.
    #[must_use]
    pub const fn skipped(&self) -> &BTreeMap<SkippedKind, u64> {
        &self.plan.skipped
    }

    /// What is already known not to work, before anything was tried.
    #[must_use]
    pub fn failures(&self) -> &[crate::report::Failure] {
        &self.plan.failures
    }
}
