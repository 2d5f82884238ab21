//! Syncs a directory to any storage and restores it.

mod cli;
mod commands;
mod environment;
mod exit;
mod failure;
mod identity;
mod limits;
mod output;
mod pid_file;
mod remote_request;
mod run;
mod state;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse(std::env::args_os()) {
        Ok(cli) => commands::run(cli.command).into(),
        Err(exit) => exit,
    }
}
