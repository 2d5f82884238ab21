//! The agent as helm installs it from its chart, on a real node with a real kubelet: Pods really run, and a Pod that stands for a
//! daemonset of the virtual cluster looks at them through our mounts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Helpers of tests too.

mod agent;
mod cluster;
#[path = "../agent/http.rs"]
mod http;
#[path = "../agent/metadata.rs"]
mod metadata;
mod restart;
mod upgrade;
mod volumes;
