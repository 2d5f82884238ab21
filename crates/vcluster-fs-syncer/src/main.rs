//! The node agent: shows each virtual cluster the kubelet's directories of its own Pods.

mod agent;
mod cli;
mod departures;
mod dry_run;
mod exit;
mod kubernetes;
mod list;
mod privileges;
mod server;
mod settings;
mod telemetry;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse(std::env::args_os()) {
        Ok(cli) => cli::run(cli),
        Err(exit) => exit,
    }
}
