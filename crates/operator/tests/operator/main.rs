//! The operator with a real API server, with the rights that its chart gives it. Nothing but the kubelet is missing: Pods are
//! stored as the webhook made them, and do not start.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Helpers of tests too.

mod admission;
mod asked;
mod certificates;
mod chart;
mod files;
mod http;
mod install;
mod keys;
mod leaving;
mod malformed;
mod objects;
mod outages;
mod replica;
mod scope;
mod server;
mod status;
mod turns;
mod until;
mod upgrade;
