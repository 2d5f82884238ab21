//! Real mounts, each test in a mount namespace of its own. They need root, and fail without it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Helpers of tests too.

mod agent;
mod container;
mod crashes;
mod hostile;
mod kill;
mod links;
mod namespace;
mod node;
mod propagation;
mod refusals;
