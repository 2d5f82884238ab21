//! A whole Kubernetes node in private namespaces: control plane, kubelet, containerd, and Pods that really run.
//!
//! Nothing outside is touched: the node has its own mounts, network, processes and control group, and all of it is
//! gone when [`Node`] is dropped or its process is killed. The network leads nowhere else, so whatever a test talks
//! to must run inside as well; [`on_node`] puts a whole test there. [`OtherNode`] is a second one for the same cluster.

mod cgroup;
mod control_plane;
mod images;
mod inside;
mod kubelet;
mod names;
mod namespaces;
mod needs;
mod on_node;
mod other;
mod runtime;
mod worker;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::cgroup::ControlGroup;
use self::namespaces::Namespaces;
use self::worker::Worker;
use super::kubeconfig::{ADMIN_TOKEN, Kubeconfig, node_token};
use crate::servers::ServerProcess;
use crate::servers::process::Start;
use crate::servers::scratch::Scratch;
use crate::servers::spawner::spawn;
use crate::tools::{CLUSTER, target_dir};

pub use images::BUSYBOX_IMAGE;
pub use inside::Inside;
pub use names::NameServer;
pub use on_node::{can_run, on_node};
pub use other::OtherNode;

/// How long to wait between two looks at a command that runs.
const TICK: Duration = Duration::from_millis(50);

/// A running node; everything on it ends when this is dropped.
#[derive(Debug)]
pub struct Node {
    // Dropped in this order: the namespaces end all processes, then their group is empty and their files are unused.
    namespaces: Namespaces,
    daemons: Vec<ServerProcess>,
    group: ControlGroup,
    scratch: Scratch,
    worker: Worker,
}

impl Node {
    /// Fails when this machine cannot have a node, with what it lacks.
    pub fn check_machine() -> Result<()> {
        needs::check()
    }

    /// Starts a node, which takes some ten seconds, and minutes when its programs have yet to be built.
    pub fn start() -> Result<Self> {
        needs::check()?;
        // Before anything runs: a build may need the network, and time.
        CLUSTER.iter().try_for_each(|tool| tool.path().map(drop))?;
        let scratch = Scratch::new()?;
        let group = ControlGroup::new(scratch.path())?;
        let namespaces = Namespaces::new(&scratch, &state(scratch.path()))?;
        let worker = Worker::first(scratch.path());
        let mut node = Self { namespaces, daemons: Vec::new(), group, scratch, worker };
        node.write_credentials()?;
        control_plane::start(&mut node)?;
        node.start_worker()?;
        Ok(node)
    }

    /// The same command, to be run on the node and to die with this process.
    pub fn command(&self, command: &Command) -> Result<Command> {
        let mut inner = self.namespaces.command(command);
        self.inside().announce(&mut inner)?;
        Ok(inner)
    }

    /// Runs a command on the node, with this process's input and output, until it ends or the node breaks.
    pub fn run(&mut self, command: &Command) -> Result<ExitStatus> {
        let mut child = spawn(self.command(command)?)?;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if let Err(broken) = self.check() {
                drop(child.kill());
                drop(child.wait());
                return Err(broken.context("the node broke"));
            }
            thread::sleep(TICK);
        }
    }

    /// kubectl, to be run on the node.
    pub fn kubectl(&self) -> Result<Command> {
        self.command(&self.inside().kubectl()?)
    }

    /// What the node's processes see at a path, for a process outside.
    pub fn path(&self, path: &str) -> PathBuf {
        self.namespaces.path(path)
    }

    /// Fails when a program of the node has ended, with the end of its log.
    pub fn check(&mut self) -> Result<()> {
        self.daemons.iter_mut().try_for_each(ServerProcess::check)
    }

    /// Keeps the logs of the node's programs, in place of those of this test's failure before; says where they are.
    pub fn keep_logs(&self, of: &str) -> Result<PathBuf> {
        let kept = target_dir()?.join("cluster-logs").join(of.replace("::", "."));
        if kept.exists() {
            fs::remove_dir_all(&kept).with_context(|| format!("cannot remove {}", kept.display()))?;
        }
        self.copy_logs(&kept)?;
        Ok(kept)
    }

    fn copy_logs(&self, to: &Path) -> Result<()> {
        fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
        for entry in fs::read_dir(self.scratch.path())? {
            let path = entry?.path();
            if let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|end| end == "log"))
            {
                fs::copy(&path, to.join(name)).with_context(|| format!("cannot keep {}", path.display()))?;
            }
        }
        Ok(())
    }

    /// The node as those inside know it.
    pub fn inside(&self) -> Inside {
        Inside::new(self.scratch.path())
    }

    /// Starts one of the node's programs, and waits until `ready` says so.
    fn daemon(
        &mut self,
        name: &'static str,
        command: &Command,
        mut ready: impl FnMut(&Self) -> bool,
    ) -> Result<()> {
        let inner = self.command(command)?;
        match ServerProcess::start(name, inner, &self.scratch, || ready(self))? {
            Start::Ready(process) => self.daemons.push(process),
            Start::PortTaken => bail!("{name} found its port taken, on a network that nobody else is on"),
        }
        Ok(())
    }

    /// Starts what runs Pods, for a cluster that is there.
    fn start_worker(&mut self) -> Result<()> {
        runtime::start(self)?;
        kubelet::start(self)
    }

    /// Whether a command succeeds on the node; what it prints is of no interest.
    fn succeeds(&self, command: &Command) -> bool {
        let Ok(mut inner) = self.command(command) else { return false };
        inner.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        inner.status().is_ok_and(|status| status.success())
    }

    /// The same for kubectl.
    fn kubectl_succeeds(&self, args: &[&str]) -> bool {
        self.inside().kubectl().is_ok_and(|mut kubectl| self.succeeds(kubectl.args(args)))
    }

    fn write_credentials(&self) -> Result<()> {
        let authority = self.worker.cluster.join("certificates/apiserver.crt");
        let server = format!("https://{}:{}", namespaces::ADDRESS, control_plane::PORT);
        let kubelet = node_token(self.worker.name);
        for (name, token) in [("kubeconfig", ADMIN_TOKEN), ("kubelet.kubeconfig", &kubelet)] {
            let kubeconfig = Kubeconfig { server: &server, authority: &authority, token };
            kubeconfig.write(&self.scratch.file(name))?;
        }
        Ok(())
    }
}

/// Removes the files and empty control groups of nodes whose process is gone.
///
/// A node that all tests of a process share is ended by the kernel, which does not clean up.
pub fn remove_leftovers() -> Result<()> {
    // To make a folder removes those without an owner.
    cgroup::sweep_beside(Scratch::new()?.path())
}

/// Where the node's programs keep what they know; only those inside see anything there.
fn state(folder: &Path) -> PathBuf {
    folder.join("state")
}
