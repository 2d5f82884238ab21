//! A test in a process of its own: with limits of its own, without rights, or with all the memory to itself.

use std::process::{Command, Stdio};

const INSIDE: &str = "PODFS_TEST_INSIDE";

/// Whether this is the process of its own. If it is not, runs the test `name` in one that `wrapped` makes of the command.
pub(super) fn is_alone(name: &str, wrapped: impl FnOnce(Command) -> Command) -> bool {
    if std::env::var_os(INSIDE).is_some_and(|inside| inside == *name) {
        return true;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
    let output = wrapped(command).env(INSIDE, name).stdin(Stdio::null()).output().unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
    false
}

/// The command in a user namespace in which this limit of inotify holds.
pub(super) fn limited(name: &str, limit: usize) -> impl FnOnce(Command) -> Command {
    let script = format!("echo {limit} > /proc/sys/user/{name} && exec \"$@\"");
    move |inner| {
        let mut command = Command::new("unshare");
        command.args(["-Ur", "sh", "-c", &script, "sh"]).arg(inner.get_program()).args(inner.get_args());
        command
    }
}
