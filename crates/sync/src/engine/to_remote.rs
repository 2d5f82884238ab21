//! A plan carried out on the remote, between the two heads that enclose it.

use std::sync::Arc;

use super::{Sync, SyncError};
use crate::commit::Commit;
use crate::execute::Execution;
use crate::head::{Head, State};
use crate::local::LocalRoot;
use crate::manifest::Manifest;
use crate::plan::Plan;
use crate::report::Report;

impl Sync {
    pub(super) async fn upload(
        &self,
        plan: Plan,
        root: Option<Arc<LocalRoot>>,
        previous: Option<Head>,
        manifest: Manifest,
    ) -> Result<Report, SyncError> {
        let changes = !plan.is_empty();
        if changes {
            self.remote.prepare().await?;
        }
        let unfinished = previous.as_ref().is_some_and(|head| head.state == State::Open);
        let commit = if !self.settings.plain && (changes || unfinished) {
            let (remote, scratch) = (Arc::clone(&self.remote), self.settings.scratch.clone());
            Some(Commit::open(remote, previous.as_ref(), manifest, plan.has_parts(), scratch).await?)
        } else {
            None
        };
        let faithful = commit.is_some();
        Execution::new(self, root, faithful).mirror(plan, commit).await
    }
}
