//! The valves: what a sync refuses to do. Pure rules over facts that were looked up before.

mod facts;
mod rules;

pub(crate) use facts::TargetFacts;
pub use facts::refuse_system_folder;
pub use rules::Valve;
pub(crate) use rules::{before_restore, check_plan};
