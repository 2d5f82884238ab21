//! A folder of its own for each test, and the program running in it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use podfs_testkit::until;

/// Long enough for a loaded machine; nothing waits this long when all is well.
const DEADLINE: Duration = Duration::from_secs(60);

/// A temporary world: `data` to sync, `state`, and a place for PID files.
pub(crate) struct World {
    folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// The same where nothing waits for a disk, for what is done very often.
    pub(crate) fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::below(memory) } else { Self::new() }
    }

    fn below(parent: &Path) -> Self {
        let folder = tempfile::tempdir_in(parent).unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(folder.path().join("data/file"), "content").unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with nothing of our environment that could change what it does.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_volume-syncing-controller"));
        command.current_dir(self.folder.path()).args(arguments);
        command
            .env_clear()
            .env("TZ", "UTC")
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path());
        command
    }

    /// `sync-to-remote` of `data` to a local remote.
    pub(crate) fn sync(&self, more: &[&str]) -> Command {
        let mut command = self.bare_sync(&["-s", "data", "-p", "type=local"]);
        command.args(more);
        command
    }

    /// `sync-to-remote` without a source and a kind of storage. It always has a remote path and a state directory,
    /// because the defaults are places of the machine that runs the tests.
    pub(crate) fn bare_sync(&self, more: &[&str]) -> Command {
        let mut command = self.command(&["sync-to-remote"]);
        command.arg("-d").arg(self.path("mirror")).arg("--state-dir").arg(self.path("state")).args(more);
        command
    }

    /// The same, staying.
    pub(crate) fn scheduled(&self, expression: &str, more: &[&str]) -> Command {
        let mut command = self.sync(&["--schedule", expression, "-v"]);
        command.arg("--pid-path").arg(self.path("pid")).args(more);
        command
    }
}

/// What a finished run left.
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Done {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A program that runs beside the test. Killed when dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines, seen: Vec::new() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The processes that it has started and that still run.
    pub(crate) fn children(&self) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let lists =
            tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).ok());
        lists
            .flat_map(|list| list.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>())
            .collect()
    }

    /// Waits until a line on standard error holds `text`.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no line with {text:?} came; seen: {:#?}", self.seen);
            };
            self.seen.push(line);
            if self.seen.last().is_some_and(|line| line.contains(text)) {
                return;
            }
        }
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits until its PID file names it: from then on it listens to signals.
    pub(crate) fn wait_until_named(&self, pid_file: &Path) {
        eventually("the PID file names the process", || {
            let text = std::fs::read_to_string(pid_file).unwrap_or_default();
            text.ends_with('\n') && text.lines().next() == Some(&self.pid().to_string())
        });
    }

    /// Whether it has not ended yet.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end; gives the exit code and all of standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let status = self.wait();
        self.seen.extend(self.lines.iter());
        (status.code(), self.seen.join("\n"))
    }

    fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the program ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `condition` holds.
pub(crate) fn eventually(what: &str, condition: impl FnMut() -> bool) {
    until(what, DEADLINE, condition).unwrap();
}

/// Waits until the file is there with something in it.
pub(crate) fn wait_for_file(path: &Path) {
    eventually(&format!("{} is written", path.display()), || {
        std::fs::read(path).is_ok_and(|bytes| bytes.ends_with(b"\n"))
    });
}
