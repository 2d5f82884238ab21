//! Who wants to know how a sync goes: a progress bar, a log, metrics.

use crate::plan::Totals;
use crate::report::Failure;

/// Told about each event of a sync as it happens, from several threads. All methods default to nothing.
pub trait Observer: Send + Sync {
    /// The listings are being compared; so many files were looked at so far.
    fn compared(&self, _files: u64) {}

    /// The plan stands and passed the guard; work begins.
    fn planned(&self, _totals: &Totals) {}

    /// A file of so many bytes has been copied.
    fn copied(&self, _bytes: u64) {}

    /// So many files were deleted.
    fn deleted(&self, _files: u64) {}

    /// Something could not be copied, deleted or read.
    fn failed(&self, _failure: &Failure) {}
}

/// An observer that does not care.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}
