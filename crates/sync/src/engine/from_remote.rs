//! A plan carried out here, between the two receipts that enclose it.

use std::sync::Arc;

use super::{Sync, SyncError};
use crate::execute::Execution;
use crate::head::{self, Head};
use crate::local::LocalRoot;
use crate::plan::Plan;
use crate::receipt::{self, Receipt};
use crate::report::{Report, Verdict};

impl Sync {
    pub(super) async fn restore(
        &self,
        plan: Plan,
        head: Option<Head>,
        faithful: bool,
    ) -> Result<Report, SyncError> {
        let root = Arc::new(LocalRoot::open_or_create(&self.local)?);
        if head.as_ref().is_some_and(|head| head.state == head::State::Open) {
            tracing::warn!("the last sync to this remote has not ended well; restoring what it holds");
        }
        let known = head.as_ref().filter(|head| head.is_known());
        receipt::write(&root, &Receipt::of(known, receipt::State::Restoring))?;
        let report = Execution::new(self, Some(Arc::clone(&root)), faithful).restore(plan).await?;
        if report.verdict() == Verdict::Done {
            receipt::write(&root, &Receipt::of(known, receipt::State::Complete))?;
        }
        Ok(report)
    }
}
