//! `cargo xtask cluster -- CMD`: a real Kubernetes for as long as a command runs.

use std::process::{Command, ExitStatus};
use std::time::Instant;

use anyhow::{Result, bail};
use podfs_testkit::cluster::ApiServer;
use podfs_testkit::cluster::node::Node;
use podfs_testkit::tools::tools_dir;

use crate::tools;

/// Runs the command on a node, or beside an API server alone.
pub(crate) fn run(light: bool, words: &[String]) -> Result<()> {
    let [program, args @ ..] = words else { bail!("say which command to run: cargo xtask cluster -- CMD") };
    let mut command = Command::new(program);
    command.args(args).env("PODFS_TOOLS_DIR", tools_dir()?);
    if !light {
        Node::check_machine()?;
    }
    tools::install_cluster()?;
    let status = if light { beside_api_server(command)? } else { on_node(&command)? };
    if !status.success() {
        bail!("{program} ended with {status}");
    }
    Ok(())
}

fn beside_api_server(mut command: Command) -> Result<ExitStatus> {
    let server = ApiServer::start()?;
    server.introduce(&mut command)?;
    Ok(command.status()?)
}

/// Runs a command on a node of its own, and keeps the node's logs when it fails.
pub(crate) fn on_node(command: &Command) -> Result<ExitStatus> {
    let start = Instant::now();
    let mut node = Node::start()?;
    eprintln!("the node was ready after {:.1} s", start.elapsed().as_secs_f64());
    let outcome = node.run(command);
    if !outcome.as_ref().is_ok_and(ExitStatus::success) {
        match node.keep_logs("command") {
            Ok(kept) => eprintln!("the logs of the node are in {}", kept.display()),
            Err(error) => eprintln!("the logs of the node could not be kept: {error:#}"),
        }
    }
    outcome
}
