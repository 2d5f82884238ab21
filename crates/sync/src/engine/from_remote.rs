//! A plan carried out here, between the two receipts that enclose it.

use std::sync::Arc;

use super::volume::Volume;
use super::{Basics, Sync, SyncError};
use crate::execute::Execution;
use crate::head;
use crate::local::LocalRoot;
use crate::report::{Report, Verdict};

impl Sync {
    pub(super) async fn restore(&self, basics: Basics, volume: Volume) -> Result<Report, SyncError> {
        let Basics { plan, head, manifest } = basics;
        let root = Arc::new(LocalRoot::open_or_create(&self.local)?);
        if head.as_ref().is_some_and(|head| head.state == head::State::Open) {
            tracing::warn!("the last sync to this remote has not ended well; restoring what it holds");
        }
        let known = head.as_ref().filter(|head| head.is_known());
        if !volume.keeps || !plan.is_empty() {
            volume.restoring(&root, known)?;
        }
        let (faithful, mixed) = (self.manifest_counts(&manifest), plan.mixed);
        let report = Execution::new(self, Some(Arc::clone(&root)), faithful).restore(plan).await?;
        if report.verdict() == Verdict::Done {
            volume.restored(&root, known, manifest, (mixed, &report.losses)).await?;
        }
        Ok(report)
    }
}
