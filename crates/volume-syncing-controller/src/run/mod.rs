//! Running syncs: once, or again and again until somebody asks for the end.

mod by_events;
mod by_schedule;
mod clock;
mod connection;
mod job;
mod long_running;
mod once;
mod order;
mod signals;
mod start;

pub(crate) use order::{Events, Order};
pub(crate) use start::start;
