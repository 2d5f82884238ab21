//! The program as its users meet it: command lines, exit codes, files and signals.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod bad_input;
mod bad_remote;
mod bad_source;
mod documents;
mod encryption;
mod engines;
mod events;
mod faithful;
mod faults;
mod full_disk;
mod help;
mod index;
mod inject;
#[cfg(target_arch = "x86_64")]
mod instants;
mod interrupted;
mod key;
mod lifecycle;
mod lock;
mod names;
mod output;
mod pid_file;
mod place;
mod program;
mod rclone_program;
mod receipts;
mod schedule;
mod secrets;
mod signals;
mod soak;
mod sync;
mod system_folders;
mod unfinished;
mod user;
mod valves;
mod verify;
