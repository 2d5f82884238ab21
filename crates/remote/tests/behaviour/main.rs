//! One behaviour suite that every remote passes: what a sync and a restore promise, whatever lies behind the trait.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod bench;
mod meddler;
mod mirror;
mod place;
mod refusals;
mod safety;
