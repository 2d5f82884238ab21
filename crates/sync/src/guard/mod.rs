//! The valves: what a sync refuses to do. Pure rules over facts that were looked up before.

mod facts;
mod receipts;
mod rules;

pub(crate) use facts::TargetFacts;
pub use facts::refuse_system_folder;
pub(crate) use receipts::{Found, before_restore_over, before_upload, check_source, check_upload};
pub use rules::Valve;
pub(crate) use rules::{before_restore, check_plan};
