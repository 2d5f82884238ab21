//! The engine: scan, plan, guard, execute, commit.
