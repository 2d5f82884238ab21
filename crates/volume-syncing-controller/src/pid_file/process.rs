//! What the kernel knows of a process: whether it lives, when it started, whether it is one of ours.

use std::fs;
use std::io;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal};

use super::content::Content;

/// When a process started, in the kernel's clock ticks since boot. With the number it names a process for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Started(pub(super) u64);

/// What became of a process that a PID file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It runs.
    Running,
    /// It ended, whoever has its number now.
    Ended,
}

/// This process.
pub(super) fn myself() -> io::Result<Content> {
    let pid = rustix::process::getpid().as_raw_pid();
    let started = status(pid)?.map(|status| status.started);
    Ok(Content { pid, started: Some(started.ok_or(io::ErrorKind::NotFound)?) })
}

/// Whether the process that `content` names still runs.
pub(super) fn fate(content: Content) -> Fate {
    let running = match status(content.pid) {
        Ok(Some(status)) => !status.ended && is_same(content, status.started),
        // Hidden from us (`hidepid`), but the kernel still tells whether the number is taken.
        Ok(None) | Err(_) => number_is_taken(content.pid),
    };
    if running { Fate::Running } else { Fate::Ended }
}

fn is_same(content: Content, started: Started) -> bool {
    match content.started {
        Some(expected) => expected == started,
        // A container's first process has the same number at each start: our own number without a time is not us.
        None => content.pid != rustix::process::getpid().as_raw_pid() && is_ours(content.pid),
    }
}

fn is_ours(pid: i32) -> bool {
    let name = |pid: &str| fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    name(&pid.to_string()).is_some_and(|comm| Some(comm) == name("self"))
}

fn number_is_taken(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| !matches!(rustix::process::test_kill_process(pid), Err(Errno::SRCH)))
}

/// Sends SIGTERM to the very process that `content` names: a handle is opened first and the identity checked
/// after that, so that the number cannot change hands in between.
pub(super) fn terminate(content: Content) -> io::Result<Fate> {
    let pid = Pid::from_raw(content.pid).ok_or(io::ErrorKind::InvalidInput)?;
    let handle = match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
        Ok(handle) => Some(handle),
        Err(Errno::SRCH) => return Ok(Fate::Ended),
        // Kernels before 5.3, and sandboxes that do not know the call.
        Err(Errno::NOSYS | Errno::PERM) => None,
        Err(errno) => return Err(errno.into()),
    };
    if fate(content) == Fate::Ended {
        return Ok(Fate::Ended);
    }
    let sent = match handle {
        Some(handle) => rustix::process::pidfd_send_signal(handle, Signal::TERM),
        None => rustix::process::kill_process(pid, Signal::TERM),
    };
    match sent {
        Ok(()) => Ok(Fate::Running),
        Err(Errno::SRCH) => Ok(Fate::Ended),
        Err(errno) => Err(errno.into()),
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Status {
    started: Started,
    /// A zombie: it only waits to be counted by its parent.
    ended: bool,
}

fn status(pid: i32) -> io::Result<Option<Status>> {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(line) => Ok(parse_status(&line)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // The process ended between open and read.
        Err(error) if Errno::from_io_error(&error) == Some(Errno::SRCH) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `proc_pid_stat(5)`: the name stands in parentheses and may hold any characters, parentheses too; the state is
/// field 3 and the start time field 22.
fn parse_status(line: &str) -> Option<Status> {
    let (_, fields) = line.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?.parse().ok()?;
    Some(Status { started: Started(started), ended: matches!(state, "Z" | "X" | "x") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_shift_the_fields() {
        let line = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 10 11";
        assert_eq!(parse_status(line), Some(Status { started: Started(98_765), ended: false }));
        assert_eq!(parse_status("42 (x) S 1"), None);
    }

    #[test]
    fn this_process_runs_and_another_start_time_is_another_process() {
        let me = myself().unwrap();
        assert_eq!(fate(me), Fate::Running);
        let Some(Started(ticks)) = me.started else { panic!() };
        assert_eq!(fate(Content { started: Some(Started(ticks + 1)), ..me }), Fate::Ended);
    }

    #[test]
    fn our_own_number_without_a_time_comes_from_an_earlier_start() {
        assert_eq!(fate(Content { started: None, ..myself().unwrap() }), Fate::Ended);
    }

    #[test]
    fn a_zombie_has_ended() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while status(pid).unwrap().is_some_and(|status| !status.ended) {
            assert!(std::time::Instant::now() < deadline, "`true` does not end");
            std::thread::yield_now();
        }
        let started = status(pid).unwrap().map(|status| status.started);
        assert_eq!(fate(Content { pid, started }), Fate::Ended);
        child.wait().unwrap();
        assert_eq!(fate(Content { pid, started }), Fate::Ended);
    }
}
