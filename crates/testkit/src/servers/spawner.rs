//! Starting children that the kernel ends together with this process, even when it is killed.
//!
//! Guards in statics are never dropped, and nothing is dropped on SIGKILL. So each child asks the kernel for a
//! SIGKILL at its parent's death. The kernel means the parent *thread*: a test's own thread ends long before the
//! process does, so one thread that never ends starts all children.
#![allow(unsafe_code)] // Only `pre_exec` can ask for the signal in the child, and it is unsafe to call.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use anyhow::{Context, Result};
use rustix::process::{Signal, set_parent_process_death_signal};

struct Order {
    command: Command,
    reply: Sender<io::Result<Child>>,
}

static ORDERS: OnceLock<Sender<Order>> = OnceLock::new();

/// Starts a child that dies with this process.
///
/// # Errors
/// When it cannot be started.
pub fn spawn(mut command: Command) -> Result<Child> {
    let program = command.get_program().to_string_lossy().into_owned();
    // SAFETY: between fork and exec the closure makes one system call; it allocates nothing and takes no lock.
    unsafe { command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::KILL))?)) };
    let (reply, answer) = channel();
    ORDERS.get_or_init(start_thread).send(Order { command, reply }).ok().context("the spawner has ended")?;
    let child = answer.recv().context("the spawner has ended")?;
    child.with_context(|| format!("cannot start {program}"))
}

fn start_thread() -> Sender<Order> {
    let (orders, inbox) = channel::<Order>();
    thread::spawn(move || {
        for Order { mut command, reply } in inbox {
            // Whoever asked may be gone: then the child has no guard and must not run on.
            if let Err(unheard) = reply.send(command.spawn())
                && let Ok(mut child) = unheard.0
            {
                drop(child.kill());
                drop(child.wait());
            }
        }
    });
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_outlives_the_thread_that_asked_for_it() {
        let asking = thread::spawn(|| {
            let mut command = Command::new("sleep");
            command.arg("60");
            spawn(command).unwrap()
        });
        let mut child = asking.join().unwrap();
        assert!(child.try_wait().unwrap().is_none(), "the child must still run");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
