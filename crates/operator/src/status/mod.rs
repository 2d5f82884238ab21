//! The status of each object, written by the replica that leads, from what it sees. Nothing that only was asked for counts.

mod assess;
mod found;
mod keeper;
mod write;

pub(crate) use keeper::StatusKeeper;
