//! One behaviour suite that every remote passes: what a sync and a restore promise, whatever lies behind the trait.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[macro_use]
mod place;

mod behind;
mod bench;
mod chain;
mod copies;
mod crashes;
mod damage;
mod failures;
mod faithful;
mod gate;
mod index_damage;
mod mapped;
mod meddler;
mod mirror;
mod model;
mod receipts;
mod refusals;
mod relay;
mod remembered;
mod renamed;
mod restores;
mod safety;
mod same_times;
mod stopper;
mod writers;
