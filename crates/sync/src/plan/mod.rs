//! What is to be done, decided before anything is done.

mod step;

pub use step::{CopyReason, DeleteReason, Step, Totals};
