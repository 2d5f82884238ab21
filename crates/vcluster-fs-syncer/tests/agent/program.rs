//! The program, started by a test.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::http;
use crate::node::Node;

/// Longer than anything here should take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so.
pub(crate) fn until(what: &str, holds: impl FnMut() -> bool) {
    podfs_testkit::until(what, PATIENCE, holds).unwrap();
}

/// The program with a node's settings, in the mount namespace of this thread.
pub(crate) fn command(node: &Node<'_>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vcluster-fs-syncer"));
    command
        .env("KUBECONFIG", node.cluster.agent_kubeconfig())
        .env("MY_NODE_NAME", &node.name)
        .env("FROM_PATH", node.path("kubelet/pods"))
        .env("TO_PATH", node.path("loft"))
        .env("LOGS_PATH", node.path("log/pods"))
        .env("LISTEN_HOST", "127.0.0.1")
        .env("HTTP_PORT", "0")
        .env("LOG_JSON", "true")
        // No test may come to pass only because of the slow tick.
        .env("RESYNC_SECONDS", "3600")
        .env_remove("NODE_NAME")
        .stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn output(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// A running agent. It is killed when dropped.
pub(crate) struct Agent {
    child: Child,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Agent {
    /// Starts it with the node's settings.
    pub(crate) fn start(node: &Node<'_>) -> Self {
        Self::start_with(&mut command(node))
    }

    /// Starts it, and waits until it has made a pass.
    pub(crate) fn start_ready(node: &Node<'_>) -> Self {
        let mut agent = Self::start(node);
        agent.until_ready();
        agent
    }

    pub(crate) fn start_with(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::<Mutex<Vec<Value>>>::default();
        let (lines, into) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                into.lock().unwrap().push(value);
            }
        });
        Self { child, log }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn until_ready(&mut self) {
        until("the agent is ready", || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended with {status}: {:?}", self.log());
            }
            self.address().is_some_and(|address| http::get(address, "/readyz").0 == 200)
        });
    }

    /// Lines of the log.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.log.lock().unwrap().clone()
    }

    /// Lines of the log with this message.
    pub(crate) fn said(&self, message: &str) -> Vec<Value> {
        self.log().into_iter().filter(|line| line["message"] == message).collect()
    }

    /// Where it serves health and metrics.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.said("started").first().map(|line| line["address"].as_str().unwrap().parse().unwrap())
    }

    /// Status and body of an answer.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        until("the agent serves", || self.address().is_some());
        http::get(self.address().unwrap(), path)
    }

    /// The value of a metric.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").1;
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("vcluster_fs_syncer_{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As the kubelet does when it ends the Pod.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("log of the agent: {:#?}", self.log());
        }
    }
}
