//! Generated files, test set-up and other chores of the project: `cargo xtask --help`.

mod cargo;
mod ci;
mod deny;
mod generate;
mod step;
mod summary;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the project")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that a change must pass, in order
    Ci,
    /// Write the files that are made from code
    Generate {
        /// Change nothing, and fail when a file differs from what would be written
        #[arg(long)]
        check: bool,
    },
    /// Install the tools that tests use, run the tests, and list what ran
    Test {
        /// Arguments for `cargo test`, such as `-p podfs-sync`; without a package, all are tested
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Install the tools that tests use, and print where they are
    Tools,
}

fn main() -> ExitCode {
    match run(Cli::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        // What a person needs is the chain of causes; where in this program they met is noise.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    match chore {
        Chore::Ci => ci::run(),
        Chore::Generate { check: true } => generate::check(),
        Chore::Generate { check: false } => generate::write(),
        Chore::Test { args } => test::run(&args),
        Chore::Tools => tools::print(),
    }
}
