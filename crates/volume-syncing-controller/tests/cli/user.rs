//! Running the program as a user without rights, and in a world of mounts of its own.

use std::os::unix::fs::{chown, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use podfs_testkit::tools::RCLONE;

use crate::program::World;

/// Nobody: owns nothing that the tests did not give away.
pub(crate) const NOBODY: u32 = 65_534;

/// The test kit's rclone beside the program under test: the tools may lie in a home directory that only its owner may
/// enter, and some tests run as [`NOBODY`].
pub(crate) fn rclone_for_everybody() -> &'static Path {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    COPY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (copy, making) = (folder.join("rclone"), folder.join(format!("rclone-{}", std::process::id())));
        std::fs::copy(RCLONE.path().unwrap(), &making).unwrap();
        std::fs::rename(&making, &copy).unwrap();
        copy
    })
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Takes root's rights from the command, so that modes and owners mean something. Whoever is not root has none.
pub(crate) fn without_rights(command: &mut Command) -> &mut Command {
    if is_root() { command.uid(NOBODY).gid(NOBODY) } else { command }
}

/// Gives the world and all in it to the user of [`without_rights`].
pub(crate) fn give_away(world: &World) {
    if is_root() {
        give(&world.path(""), NOBODY);
    }
}

/// Gives a tree to a user.
pub(crate) fn give(path: &Path, user: u32) {
    lchown(path, Some(user), Some(user)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for entry in path.read_dir().unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}

/// Gives a path to a user that is not this process; only root can.
pub(crate) fn give_to(path: &Path, user: u32) {
    assert!(is_root(), "only root can give files to others: run this test as root");
    chown(path, Some(user), Some(user)).unwrap();
}

/// `sh` with `script` in a private mount namespace, with the program and its arguments as `"$@"`. What it mounts is
/// gone when it ends, and nobody else sees it.
pub(crate) fn in_own_mounts(program: &Command, script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.arg(if is_root() { "-m" } else { "-Urm" }).args(["sh", "-c", script, "sh"]);
    command.arg(program.get_program()).args(program.get_args());
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(program.get_current_dir().unwrap());
    command
}
