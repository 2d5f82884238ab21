//! The status of each object, written by the replica that leads, from what it sees. Nothing that only was asked for counts.

mod assess;
mod found;
mod gone;
mod keeper;
mod keys;
mod left_out;
mod locations;
mod malformed;
mod overlap;
mod retries;
mod write;

pub(crate) use keeper::StatusKeeper;
