//! The small process: runs one program, waits for it, and prints what it cost.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};

use super::{ORDER, usage};

/// A program to run.
#[derive(Debug)]
pub(crate) struct Order {
    log: PathBuf,
    timeout: Duration,
    program: OsString,
    args: Vec<OsString>,
}

/// The order that this process was started for; none when a person started it.
pub(crate) fn order() -> Option<Order> {
    let mut args = env::args_os().skip(1);
    if args.next()? != ORDER {
        return None;
    }
    let log = args.next()?.into();
    let timeout = Duration::from_secs(args.next()?.to_str()?.parse().ok()?);
    Some(Order { log, timeout, program: args.next()?, args: args.collect() })
}

/// Runs the program and prints one line for the driver: nanoseconds, processor microseconds, bytes, and the end.
pub(crate) fn carry_out(order: &Order) -> Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let log = File::create(&order.log).with_context(|| format!("cannot make {}", order.log.display()))?;
    let mut command = Command::new(&order.program);
    command.args(&order.args).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let start = Instant::now();
    let child = command.spawn().with_context(|| format!("cannot start {}", order.program.display()))?;
    let status = wait(child, order.timeout)?;
    let wall = start.elapsed();
    let usage = usage::of_children()?;
    println!("{} {} {} {}", wall.as_nanos(), usage.cpu.as_micros(), usage.peak_rss, end(status, wall, order));
    Ok(())
}

/// Waits for the end, and brings it about when it does not come in time.
fn wait(mut child: Child, timeout: Duration) -> Result<ExitStatus> {
    let pid = Pid::from_child(&child);
    let (ended, watch) = channel::<()>();
    let watcher = thread::spawn(move || {
        if watch.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout) {
            // Until the driver hears of the end, the number is still the child's.
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    let status = child.wait().context("cannot wait for the program");
    drop(ended);
    drop(watcher.join());
    status
}

fn end(status: ExitStatus, wall: Duration, order: &Order) -> String {
    match status {
        status if status.success() => "success".to_owned(),
        status if wall >= order.timeout => format!("{status} after its time of {:?} was up", order.timeout),
        status => status.to_string(),
    }
}
