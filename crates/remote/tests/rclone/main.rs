//! Everything against the real rclone, on real servers: what works through it, what goes wrong around it, and that we
//! read configurations and spell names as it does. What holds for all remotes alike is in `behaviour`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod config;
mod conflicts;
mod crypt;
mod crypt_engine;
mod files;
mod first_contact;
mod kit;
mod lifetime;
mod naming;
mod network;
mod trees;
mod upstreams;
