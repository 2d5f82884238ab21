//! What is to be done, decided before anything is done.
//!
//! [`merge`] walks two sorted listings side by side, [`decide`] judges each pair; both are pure. [`build`] feeds
//! them from the two sides and keeps the steps.

pub(crate) mod build;
mod decide;
mod merge;
mod step;

pub use build::Plan;
pub use decide::{Comparison, Decision, decide};
pub use merge::{Found, Merge, Pair};
pub use step::{CopyReason, DeleteReason, Step, Totals};
