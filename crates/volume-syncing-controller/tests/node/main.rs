//! The operator as helm installs it from its chart, on a real node with a real kubelet: Pods are injected, restore, sync and end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Helpers of tests too.

mod cluster;
mod elsewhere;
mod everyday;
mod examples;
mod figures;
mod lifecycle;
mod load;
mod objects;
mod operator;
mod process;
mod rollout;
