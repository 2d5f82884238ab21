//! The program as its users meet it: command lines, exit codes, files and signals.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod bad_input;
mod documents;
mod help;
mod lock;
mod output;
mod pid_file;
mod program;
mod schedule;
mod signals;
mod sync;
