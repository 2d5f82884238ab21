//! The program killed, or failed by its disk or network, at any instant of a sync or restore: each file is old or new, what
//! did not change is there, and the next run ends it and leaves nothing behind.
//!
//! Instants are system calls and requests, counted in a run that meets no trouble. Each test tries some, spread over all
//! of them and others each time; `PODFS_FAULT_CASES` says how many, for long runs by hand. What fails shows a
//! `PODFS_FAULT_SEED`, which chooses the same instants again.

mod changes;
mod contents;
mod failed;
mod killed;
mod leftovers;
mod network;
mod no_op;
mod sample;
mod slow_disk;
mod trial;
mod volume;
mod way;
