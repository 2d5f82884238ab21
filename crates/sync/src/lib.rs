//! The engine: scan, plan, guard, execute, commit.

pub mod schedule;
