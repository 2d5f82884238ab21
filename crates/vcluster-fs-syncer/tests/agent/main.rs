//! The program itself, with a real API server, and real mounts in a mount namespace of each test. They need root, and fail
//! without it. The kubelet is played by the test: it makes and removes directories of Pods, and mounts volumes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Helpers of tests too.

mod api;
mod chart;
mod everyday;
mod figures;
mod http;
mod metadata;
#[path = "../../../vcluster/tests/mounts/namespace.rs"]
mod namespace;
mod node;
mod outages;
mod people;
mod program;
mod restarts;
mod settings;
mod tenants;
