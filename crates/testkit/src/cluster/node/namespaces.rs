//! A world of its own for a node: mounts, network and processes that end with it.
//!
//! One process, the first of its process namespace, holds all of it. When that is killed, the kernel ends every process
//! inside, and with the last one go mounts, interfaces and rules.

use std::env::current_dir;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::servers::ServerProcess;
use crate::servers::process::Start;
use crate::servers::scratch::Scratch;
use crate::tools::PAUSE;

/// The node's address, on the bridge that its Pods are on too.
pub(super) const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 88, 0, 1);
/// What the bridge is to Ethernet: locally administered, made from the address as the bridge plugin would.
const HARDWARE_ADDRESS: &str = "0a:58:0a:58:00:01";
/// The addresses of the bridge and of Pods.
pub(super) const NETWORK: &str = "10.88.0.0/16";
/// The bridge's name.
pub(super) const BRIDGE: &str = "podfs0";

/// Prepares mounts and network from within, says so, and becomes the process that holds everything.
const SCRIPT: &str = include_str!("namespaces.sh");
/// What the script says at its end.
const READY: &str = "the namespaces are ready";

/// Private namespaces.
#[derive(Debug)]
pub(super) struct Namespaces {
    /// Nobody where this process is in them itself.
    holder: Option<Holder>,
}

/// Who holds them; everything in them ends when this is dropped.
#[derive(Debug)]
struct Holder {
    init: Pid,
    process: ServerProcess,
}

impl Namespaces {
    /// Makes them, with a file system in memory at `state`, which only those inside see.
    pub(super) fn new(scratch: &Scratch, state: &PathBuf) -> Result<Self> {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]);
        command.args(["sh", "-euc", SCRIPT, "namespaces"]).arg(PAUSE.path()?);
        command.env("STATE", state).env("ADDRESS", format!("{ADDRESS}/16")).env("BRIDGE", BRIDGE);
        command.env("HARDWARE_ADDRESS", HARDWARE_ADDRESS);
        command.env("READY", READY);
        let log = scratch.log("namespaces");
        let said = || fs::read_to_string(&log).is_ok_and(|log| log.contains(READY));
        match ServerProcess::start("namespaces", command, scratch, said)? {
            Start::Ready(process) => {
                Ok(Self { holder: Some(Holder { init: first_child(process.pid())?, process }) })
            }
            Start::PortTaken => bail!("the namespaces say that an address is in use"),
        }
    }

    /// Those that this process is in. They do not end with this.
    pub(super) fn here() -> Self {
        Self { holder: None }
    }

    /// The same command, to be run inside and to die with its parent.
    pub(super) fn command(&self, command: &Command) -> Command {
        let mut inner = self.holder.as_ref().map_or_else(|| Command::new("env"), Holder::enter);
        // Who enters a mount namespace is at its root.
        if let Some(folder) = command.get_current_dir().map(Path::to_path_buf).or_else(|| current_dir().ok())
        {
            inner.arg("--chdir").arg(folder);
        }
        inner.args(["setpriv", "--pdeathsig=KILL", "--"]);
        inner.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inner.env(name, value),
                None => inner.env_remove(name),
            };
        }
        inner
    }

    /// What those inside see at a path, for a process outside.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.process().join("root").join(path.trim_start_matches('/'))
    }

    /// Whether somebody inside listens at a TCP port.
    pub(super) fn listens(&self, port: u16) -> bool {
        // A line for each socket; 0A is the state of one that listens (`TCP_LISTEN` in the kernel's tcp_states.h).
        let (port, folder) = (format!(":{port:04X}"), self.process().join("net"));
        ["tcp", "tcp6"].into_iter().any(|table| {
            let table = fs::read_to_string(folder.join(table)).unwrap_or_default();
            table.lines().any(|line| {
                let mut words = line.split_whitespace().skip(1);
                words.next().is_some_and(|local| local.ends_with(&port)) && words.nth(1) == Some("0A")
            })
        })
    }

    /// Where the kernel tells about a process inside.
    fn process(&self) -> PathBuf {
        let process = self.holder.as_ref().map(|holder| holder.init.as_raw_nonzero().to_string());
        Path::new("/proc").join(process.as_deref().unwrap_or("self"))
    }
}

impl Holder {
    /// The beginning of a command that is to be run inside; `env` takes the rest.
    fn enter(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", self.init.as_raw_nonzero()));
        command.args(["--mount", "--net", "--pid", "--", "env"]);
        command
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It ends only after everybody else inside has, and `unshare` only after it.
        if kill_process(self.init, Signal::KILL).is_ok() {
            drop(self.process.wait());
        }
    }
}

/// The process that `unshare` started and waits for.
fn first_child(parent: u32) -> Result<Pid> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let children = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let first = children.split_whitespace().next().and_then(|child| child.parse().ok());
    first.and_then(Pid::from_raw).with_context(|| format!("{path} names no process"))
}
