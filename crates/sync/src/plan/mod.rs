//! What is to be done, decided before anything is done.
//!
//! [`merge`] walks two sorted listings side by side, [`decide`] judges each pair; both are pure. [`build`] feeds
//! them from the two sides and keeps the steps.

pub(crate) mod build;
mod closer_look;
mod decide;
mod earlier;
pub(crate) mod listing;
mod memory;
mod merge;
mod missed;
pub(crate) mod moves;
mod past;
mod remembered;
#[cfg(test)]
pub(crate) mod samples;
mod sides;
mod step;
pub(crate) mod undescribed;
mod whole;

pub use decide::{Comparison, Decision, decide};
pub use merge::{Found, Merge, Pair, Proof, There};
pub(crate) use missed::Missed;
pub(crate) use past::History;
pub use past::{Lost, Past, Terms};
pub(crate) use remembered::Remembered;
pub use step::{AttributesReason, CopyReason, DeleteReason, Step, Totals, Victim};
pub(crate) use whole::DeepestFirst;
pub use whole::Plan;
