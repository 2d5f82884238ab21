//! Generated files, test set-up and other chores of the project: `cargo xtask --help`.

mod bench;
mod cargo;
mod ci;
mod cluster;
mod demo;
mod deny;
mod fuzz;
mod generate;
mod image;
mod manifests;
mod scenario;
mod soak;
mod step;
mod summary;
mod test;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use scenario::Scenario;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the project")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Compare speed, requests and memory with rclone and s5cmd: `cargo xtask bench --help`
    #[command(disable_help_flag = true)]
    Bench {
        /// Arguments for the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Measure vcluster-fs-syncer: 250 Pods on its node out of 10,000 in the cluster; needs root
    BenchAgent,
    /// Measure the operator: 2,000 objects in 200 namespaces, 200 Pods a second; needs root
    BenchOperator,
    /// Everything that a change must pass, in order
    Ci,
    /// Run a command on a real Kubernetes node, which is gone when the command ends: `cargo xtask cluster -- kubectl get nodes`
    Cluster {
        /// Only an API server, without nodes; needs no root
        #[arg(long)]
        light: bool,
        /// The command; KUBECONFIG, and a PATH with kubectl, helm and ctr, are set for it
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Sync a directory to a remote on the local disk, restore it, and compare
    Demo {
        /// The directory; this project's `crates` when left out
        directory: Option<PathBuf>,
    },
    /// Feed every parser of outside data with inputs that grow out of valid ones, guided by the code that they reach
    ///
    /// Needs a C++ compiler. An input that fails is kept in target/fuzzing/failures.
    Fuzz {
        /// How long to run each target
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Which targets; all when left out
        targets: Vec<String>,
    },
    /// Write the files that are made from code
    Generate {
        /// Change nothing, and fail when a file differs from what would be written
        #[arg(long)]
        check: bool,
    },
    /// Make the container images of the programs, without a container engine
    Image {
        /// Which; all when left out
        programs: Vec<image::Program>,
    },
    /// Print the operator as plain manifests, for people without Helm: `cargo xtask manifests | kubectl apply -f -`
    Manifests {
        /// Where the operator runs
        #[arg(long, default_value = manifests::NAMESPACE)]
        namespace: String,
        /// A value of the chart, such as `image.repository=registry.example/podfs`; repeatable
        #[arg(long = "set", value_name = "NAME=VALUE")]
        values: Vec<String>,
    },
    /// Show what the programs are for, with other people's real programs, on a real Kubernetes node
    Scenario {
        /// Which use
        scenario: Scenario,
    },
    /// Let an application write without rest, kill its sidecar again and again, break its network, and compare in the end
    Soak {
        /// For how long
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        /// What an earlier soak printed, to make the same choices
        #[arg(long)]
        seed: Option<u64>,
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
        Chore::Bench { args } => bench::run(&args),
        Chore::BenchAgent => bench::run_agent(),
        Chore::BenchOperator => bench::run_operator(),
        Chore::Ci => ci::run(),
        Chore::Cluster { light, command } => cluster::run(light, &command),
        Chore::Demo { directory } => demo::run(directory.as_deref()),
        Chore::Fuzz { seconds, targets } => fuzz::run(Duration::from_secs(seconds), &targets),
        Chore::Generate { check: true } => generate::check(),
        Chore::Generate { check: false } => generate::write(),
        Chore::Image { programs } => image::run(&programs),
        Chore::Manifests { namespace, values } => manifests::print(&namespace, &values),
        Chore::Scenario { scenario } => scenario::run(scenario),
        Chore::Soak { minutes, seed } => soak::run(minutes, seed),
        Chore::Test { args } => test::run(&args),
        Chore::Tools => tools::print(),
    }
}
