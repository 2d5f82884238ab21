//! The program as a sidecar runs it.

use std::fs;
use std::process::Stdio;

use rustix::process::Signal;

use super::Remote;
use super::figures::Figures;
use crate::program::Running;

pub(super) struct Sidecar {
    running: Option<Running>,
    pub(super) figures: Figures,
}

impl Sidecar {
    pub(super) fn start(remote: &Remote) -> Self {
        let mut sidecar = Self { running: None, figures: Figures::default() };
        sidecar.run(remote);
        sidecar
    }

    fn run(&mut self, remote: &Remote) {
        let mut command = remote.up(&["-v", "--fsnotify", "0", "--pid-path", "pid"]);
        self.running = Some(Running::start(command.stdout(Stdio::null())));
    }

    pub(super) fn kill_and_start(&mut self, remote: &Remote) {
        self.measure();
        let running = self.running.take().unwrap();
        running.signal(Signal::KILL);
        let (code, stderr) = running.end();
        assert_eq!(code, None, "it had ended by itself: {stderr}");
        self.heard(&stderr);
        self.figures.kills += 1;
        self.run(remote);
    }

    pub(super) fn assert_runs(&mut self) {
        if !self.running.as_mut().unwrap().runs() {
            let (code, stderr) = self.running.take().unwrap().end();
            panic!("it ended by itself ({code:?}): {stderr}");
        }
    }

    /// Its last sync, with a network that works again. It may have been started just now.
    pub(super) fn end(mut self, remote: &Remote) -> Figures {
        self.measure();
        let running = self.running.take().unwrap();
        running.wait_until_named(&remote.place.world.path("pid"));
        running.signal(Signal::TERM);
        let (code, stderr) = running.end();
        assert_eq!(code, Some(0), "{stderr}");
        self.heard(&stderr);
        self.figures
    }

    fn heard(&mut self, stderr: &str) {
        assert!(!stderr.contains("panicked"), "{stderr}");
        self.figures.read(stderr);
    }

    fn measure(&mut self) {
        let pid = self.running.as_ref().unwrap().pid();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let kibibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or_default()
        };
        self.figures.last = kibibytes("VmRSS:");
        self.figures.peak = self.figures.peak.max(kibibytes("VmHWM:"));
    }
}
