//! A plan carried out here, between the two receipts that enclose it.

use std::sync::Arc;

use super::volume::{Outcome, Volume};
use super::{Basics, Sync, SyncError};
use crate::execute::{Execution, Restored};
use crate::head;
use crate::local::LocalRoot;
use crate::report::{Report, Verdict};

impl Sync {
    pub(super) async fn restore(&self, basics: Basics, mut volume: Volume) -> Result<Report, SyncError> {
        let Basics { plan, head, manifest } = basics;
        let root = Arc::new(LocalRoot::open_or_create(&self.local)?);
        if head.as_ref().is_some_and(|head| head.state == head::State::Open) {
            tracing::warn!("the last sync to this remote has not ended well; restoring what it holds");
        }
        let known = head.as_ref().filter(|head| head.is_known());
        // A conflict holds the next sync off until somebody decides.
        if !volume.keeps || !plan.is_empty() || plan.totals.conflicts > 0 {
            volume.restoring(&root, known, !plan.is_empty())?;
        }
        let (faithful, mixed) = (self.manifest_counts(&manifest), plan.mixed);
        let Restored { report, brought } =
            Execution::new(self, Some(Arc::clone(&root)), faithful).restore(plan).await?;
        if report.verdict() == Verdict::Done {
            let state = Outcome { manifest, brought, mixed, losses: &report.losses };
            volume.restored(&root, known, state).await?;
        } else if report.failed == 0 {
            volume.met_conflicts(&root)?;
        }
        Ok(report)
    }
}
