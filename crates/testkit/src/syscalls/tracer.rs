//! The loop around `ptrace`: each thread of the program stops before and after each of its system calls.
#![allow(unsafe_code)] // Only `pre_exec` can ask to be traced in the child, and it is unsafe to call.

use std::collections::HashMap;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{io, thread};

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::libc::{self, c_int};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::call::{Call, call};
use super::tracee::{Place, place};
use super::{Traced, Trouble, Watch};

/// Runs the program to its end under that watch. Its output goes where the command says; it must not be a pipe that somebody
/// has to read.
///
/// # Errors
/// When it cannot be started or traced.
pub fn run(command: Command, watch: Watch) -> Result<Traced> {
    // The kernel knows one thread as the tracer, and asking for its children must not answer for those of other tests.
    thread::spawn(move || trace(command, &watch)).join().ok().context("the tracer broke off")?
}

fn trace(mut command: Command, watch: &Watch) -> Result<Traced> {
    // SAFETY: between fork and exec the closure makes one system call; it allocates nothing and takes no lock.
    unsafe { command.pre_exec(|| ptrace::traceme().map_err(io::Error::from)) };
    let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let program = Pid::from_raw(i32::try_from(child.id())?);
    waitpid(program, None).context("the program does not stand still when it starts")?;
    let options = Options::PTRACE_O_EXITKILL
        | Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK;
    ptrace::setoptions(program, options).context("cannot trace the program")?;
    go_on(program, None)?;
    Tracer { program, watch, calls: 0, met: None, failing: HashMap::new() }.until_it_ends()
}

struct Tracer<'a> {
    program: Pid,
    watch: &'a Watch,
    calls: u64,
    met: Option<String>,
    /// Threads whose call is left out, and what it is to answer.
    failing: HashMap<Pid, Errno>,
}

impl Tracer<'_> {
    fn until_it_ends(mut self) -> Result<Traced> {
        let any = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        loop {
            let status = waitpid(None::<Pid>, Some(any)).context("cannot wait for the program")?;
            match status {
                WaitStatus::Exited(thread, code) if thread == self.program => return Ok(self.end(Some(code))),
                WaitStatus::Signaled(thread, ..) if thread == self.program => return Ok(self.end(None)),
                WaitStatus::PtraceSyscall(thread) => {
                    // A thread that is killed while it stands still is gone when it is looked at.
                    gone_is_well(self.stopped(thread))?;
                    go_on(thread, None)?;
                }
                // A new thread begins by standing still.
                WaitStatus::Stopped(thread, Signal::SIGSTOP) => go_on(thread, None)?,
                WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal))?,
                WaitStatus::PtraceEvent(thread, ..) => go_on(thread, None)?,
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => {}
                other => bail!("the program did what nobody expected: {other:?}"),
            }
        }
    }

    fn end(self, code: Option<c_int>) -> Traced {
        Traced { code, calls: self.calls, met: self.met }
    }

    fn stopped(&mut self, thread: Pid) -> nix::Result<()> {
        if ptrace::syscall_info(thread)?.op == libc::PTRACE_SYSCALL_INFO_ENTRY {
            return self.before(thread);
        }
        let Some(errno) = self.failing.remove(&thread) else { return Ok(()) };
        let mut registers = ptrace::getregs(thread)?;
        registers.rax = -i64::from(errno as i32) as u64;
        ptrace::setregs(thread, registers)
    }

    fn before(&mut self, thread: Pid) -> nix::Result<()> {
        let mut registers = ptrace::getregs(thread)?;
        let Some((call, at)) = call(&registers).and_then(|call| Some((call, self.counts(thread, call)?)))
        else {
            return Ok(());
        };
        self.calls += 1;
        let Some((trouble, number)) = self.watch.trouble else { return Ok(()) };
        if number != self.calls {
            return Ok(());
        }
        self.met = Some(format!("{} {at}", call.name));
        let errno = match trouble {
            Trouble::Kill => return kill(self.program, Signal::SIGKILL),
            Trouble::NoSpace => Errno::ENOSPC,
            Trouble::DiskFails => Errno::EIO,
        };
        // No call has this number: the kernel does nothing, and the answer is put in its place afterwards.
        registers.orig_rax = u64::MAX;
        self.failing.insert(thread, errno);
        ptrace::setregs(thread, registers)
    }

    /// What a call is about, if it counts.
    fn counts(&self, thread: Pid, call: Call) -> Option<String> {
        let Watch { folder, counted, .. } = self.watch;
        match place(thread, call.object)? {
            Place::At(path) if path.starts_with(folder) && call.doing.counts(*counted, false) => {
                Some(path.display().to_string())
            }
            Place::Connection if call.doing.counts(*counted, true) => Some("a connection".to_owned()),
            _ => None,
        }
    }
}

fn go_on(thread: Pid, signal: Option<Signal>) -> Result<()> {
    gone_is_well(ptrace::syscall(thread, signal)).context("cannot let the program go on")
}

fn gone_is_well(result: nix::Result<()>) -> nix::Result<()> {
    if result == Err(Errno::ESRCH) { Ok(()) } else { result }
}

#[cfg(test)]
mod tests {
    use super::super::Counted;
    use super::*;

    fn shell(script: &str, counted: Counted, trouble: Option<(Trouble, u64)>) -> (Traced, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(&folder);
        let watch = Watch { folder: folder.path().to_owned(), counted, trouble };
        let traced = run(command, watch).unwrap();
        let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        (traced, names)
    }

    /// Each is one opened and one write.
    const SCRIPT: &str = "echo 1 > a && echo 2 > b && echo 3 > c";

    #[test]
    fn calls_are_counted_where_they_concern_the_folder() {
        let (traced, names) = shell(SCRIPT, Counted::Changes, None);
        assert_eq!((traced.code, traced.calls, traced.met), (Some(0), 6, None));
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn a_kill_comes_before_the_call() {
        let (traced, names) = shell(SCRIPT, Counted::Changes, Some((Trouble::Kill, 3)));
        assert_eq!((traced.code, traced.calls), (None, 3));
        assert!(traced.met.unwrap().ends_with("/b"));
        assert_eq!(names, ["a"]);
    }

    #[test]
    fn a_call_that_fails_is_not_carried_out() {
        let (traced, names) = shell("echo 1 > a; echo 2 > b", Counted::Changes, Some((Trouble::NoSpace, 1)));
        assert_eq!((traced.code, traced.calls), (Some(0), 3));
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn threads_and_children_are_counted_together() {
        let (traced, _) = shell("(echo 1 > a) & wait; cat a > /dev/null", Counted::All, None);
        assert_eq!(traced.code, Some(0));
        assert!(traced.calls >= 4, "open, write, open, read: {traced:?}");
    }
}
