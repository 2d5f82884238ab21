//! What a sync really did.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::attributes::Losses;
use crate::local::SkippedKind;
use crate::remote::{ErrorKind, RemoteError};

/// How many failures are kept with their paths; the rest is only counted (each is logged all the same).
pub(crate) const KEPT_FAILURES: usize = 1_000;

/// Counts and failures of one sync.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Files copied.
    pub copied: u64,
    /// Bytes of the files copied.
    pub bytes: u64,
    /// Files deleted.
    pub deleted: u64,
    /// Files that were the same on both sides.
    pub unchanged: u64,
    /// Files and folders that could not be read; what the other side holds of them was kept.
    pub unreadable: u64,
    /// Files that went away between listing and copying.
    pub vanished: u64,
    /// Files whose names cannot be held where they should go.
    pub unsupported_names: u64,
    /// Files that could not be copied or deleted.
    pub failed: u64,
    /// Deletes that were due but not tried: something before them failed, the sync was given up, or the file could not be
    /// uploaded under the name that it has now.
    pub deletes_held_back: u64,
    /// Files, folders and links that were changed here and are not on the remote yet, and that a restore kept.
    pub kept_local_changes: u64,
    /// Those that were changed here and on the remote, and stay as they are on both sides.
    pub conflicts: u64,
    /// What a mirror cannot hold, by kind.
    #[serde(serialize_with = "by_name")]
    pub skipped: BTreeMap<SkippedKind, u64>,
    /// Files, folders and links of which only attributes went to the other side.
    pub attributes: u64,
    /// What the destination could not hold, by kind.
    #[serde(skip_serializing_if = "Losses::is_empty")]
    pub losses: Losses,
    /// Requests sent to the remote, where they can be counted.
    pub requests: Option<u64>,
    /// Wall time in seconds.
    #[serde(serialize_with = "seconds")]
    pub seconds: Duration,
    /// The first failures, each with its path.
    pub failures: Vec<Failure>,
}

/// One file that was not synced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The path below the root, printable.
    pub path: String,
    /// What went wrong.
    pub error: String,
    /// Whose fault it is, which decides what it means for the rest.
    pub kind: FailureKind,
}

/// Kinds of failures of single files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// It could not be read at its origin. The rest is fine.
    Unreadable,
    /// Its name cannot be held where it should go. The rest is fine.
    UnsupportedName,
    /// It could not be copied or deleted.
    Failed,
    /// It was changed on both sides. The rest is fine.
    Conflict,
}

impl FailureKind {
    /// What an error of the remote with one file means.
    #[must_use]
    pub(crate) const fn of(error: &RemoteError) -> Self {
        match error.kind {
            ErrorKind::Name => Self::UnsupportedName,
            _ => Self::Failed,
        }
    }

    /// One stable word for logs, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::UnsupportedName => "unsupported-name",
            Self::Failed => "failed",
            Self::Conflict => "conflict",
        }
    }
}

/// The verdict on a sync that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is where it should be.
    Done,
    /// Everything but files that could not be read, or whose names cannot be held, and deletes that wait for such files.
    Partial,
    /// Something was not copied or not deleted, or was changed on both sides.
    Failed,
}

impl Report {
    /// What to make of it.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        let left_out = self.unreadable + self.unsupported_names + self.deletes_held_back;
        match (self.failed + self.conflicts, left_out) {
            (0, 0) => Verdict::Done,
            (0, _) => Verdict::Partial,
            _ => Verdict::Failed,
        }
    }

    pub(crate) fn note_failure(&mut self, failure: Failure) {
        *match failure.kind {
            FailureKind::Unreadable => &mut self.unreadable,
            FailureKind::UnsupportedName => &mut self.unsupported_names,
            FailureKind::Failed => &mut self.failed,
            FailureKind::Conflict => &mut self.conflicts,
        } += 1;
        if self.failures.len() < KEPT_FAILURES {
            self.failures.push(failure);
        }
    }
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1000.0).round() / 1000.0)
}

fn by_name<S: serde::Serializer>(
    skipped: &BTreeMap<SkippedKind, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(skipped.iter().map(|(kind, count)| (kind.plural(), count)))
}
