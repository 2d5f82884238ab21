//! One sync from beginning to end: plan, guard, execute, commit.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::local::LocalError;
use crate::observer::Observer;
use crate::plan::{Step, Totals};
use crate::remote::{Remote, RemoteError};
use crate::report::Report;
use crate::settings::Settings;

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
}

/// A plan that passed the guard, with all its steps in memory or, when there are many, on disk.
pub struct Planned {}

/// Why a sync did not run to its end.
#[derive(Debug, Error)]
pub enum SyncError {
    /// A valve closed before anything was changed.
    #[error("{0}")]
    Refused(String),
    /// The remote cannot be used.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The local folder cannot be used.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// The rest was given up on request.
    #[error("interrupted before the end; what was not done stays as it was")]
    Interrupted(Box<Report>),
}

impl Sync {
    /// Lists both sides, compares them and asks the guard. Changes nothing anywhere.
    ///
    /// # Errors
    /// When a side cannot be listed, or a valve closes.
    #[allow(clippy::unused_async, reason = "a stub for the moment")]
    pub async fn plan(&self) -> Result<Planned, SyncError> {
        Ok(Planned {})
    }

    /// Does what the plan says and reports what was really done. Deletes come last, and only after everything
    /// before them went well.
    ///
    /// # Errors
    /// When the sync had to stop before its end. A file that failed by itself is in the report instead.
    #[allow(clippy::unused_async, reason = "a stub for the moment")]
    pub async fn execute(&self, _plan: Planned) -> Result<Report, SyncError> {
        Ok(Report::default())
    }
}

impl Planned {
    /// What the plan comes to.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals::default()
    }

    /// The steps in the order of their paths: copies first, then deletes.
    ///
    /// # Errors
    /// When they cannot be read back from disk.
    pub fn steps(&mut self) -> Result<impl Iterator<Item = std::io::Result<Step>> + '_, std::io::Error> {
        Ok(std::iter::empty())
    }
}
