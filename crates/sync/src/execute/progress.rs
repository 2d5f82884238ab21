//! Counts what was done and tells the observer.

use super::{Copied, CopyError};
use crate::observer::Observer;
use crate::path::RelativePath;
use crate::remote::RemoteError;
use crate::report::{Failure, FailureKind, Report};

/// The report while it grows.
pub(super) struct Tally<'observer> {
    pub(super) report: Report,
    observer: &'observer dyn Observer,
}

impl<'observer> Tally<'observer> {
    pub(super) fn new(observer: &'observer dyn Observer) -> Self {
        Self { report: Report::default(), observer }
    }

    /// Notes how a copy ended. Gives the error back when nothing can go well after it.
    pub(super) fn copied(
        &mut self,
        path: Option<&RelativePath>,
        result: Result<Copied, CopyError>,
    ) -> Option<RemoteError> {
        match result {
            Ok(Copied::Done { bytes, losses, .. }) => {
                self.report.losses.add(&losses);
                self.report.copied += 1;
                self.report.bytes += bytes;
                self.observer.copied(bytes);
            }
            Ok(Copied::Vanished) => {
                tracing::info!(path = shown(path), "went away after it was listed");
                self.report.vanished += 1;
            }
            Err(CopyError::Unreadable(error)) => {
                self.failure(Failure { path: shown(path), error, kind: FailureKind::Unreadable });
            }
            Err(CopyError::Remote(error)) => {
                let kind = FailureKind::of(&error);
                self.failure(Failure { path: shown(path), error: error.to_string(), kind });
                return error.kind.is_fatal().then_some(error);
            }
        }
        None
    }

    pub(super) fn deleted(&mut self, files: u64) {
        self.report.deleted += files;
        self.observer.deleted(files);
    }

    pub(super) fn failure(&mut self, failure: Failure) {
        self.observer.failed(&failure);
        self.report.note_failure(failure);
    }
}

fn shown(path: Option<&RelativePath>) -> String {
    path.map(ToString::to_string).unwrap_or_default()
}
