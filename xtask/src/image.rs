//! `cargo xtask image`: the programs as container images, without a container engine and without a shell inside.
//!
//! The programs are linked statically, so an image holds nothing but what is named here. The same sources give the same
//! archive.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use podfs_testkit::image::Image;
use podfs_testkit::tools::{RCLONE, target_dir, workspace_root};

use crate::cargo::{cargo, succeed};

/// A program that runs in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Program {
    /// The operator, and what it injects into Pods
    VolumeSyncingController,
    /// The node agent
    VclusterFsSyncer,
}

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::VolumeSyncingController => "volume-syncing-controller",
            Self::VclusterFsSyncer => "vcluster-fs-syncer",
        }
    }
}

/// Where a program's image is once it is built.
pub(crate) fn archive(program: Program) -> Result<PathBuf> {
    Ok(target_dir()?.join("images").join(format!("{}.tar", program.name())))
}

/// Where the program itself is then.
pub(crate) fn built(program: Program) -> Result<PathBuf> {
    Ok(target_dir()?.join(static_target()).join("release").join(program.name()))
}

/// Builds the image of this version.
pub(crate) fn build(program: Program) -> Result<()> {
    let built = build_static(program)?;
    let archive = archive(program)?;
    if let Some(folder) = archive.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let inside = format!("usr/bin/{}", program.name());
    let image = Image::new(&name(program), &[&format!("/{inside}")])
        .folder("usr", 0o755)?
        .folder("usr/bin", 0o755)?
        .program(&inside, &built)?;
    let image = match program {
        Program::VolumeSyncingController => with_ways_to_remotes(image)?,
        // Mounting takes root.
        Program::VclusterFsSyncer => image,
    };
    image.write(&archive)
}

/// What it takes to reach any storage: the pinned rclone, and whom to trust. Nobody of the host's users runs it.
fn with_ways_to_remotes(image: Image) -> Result<Image> {
    image.user("65532:65532").program("usr/bin/rclone", &RCLONE.path()?)?.authorities()?.folder("tmp", 0o1777)
}

/// Builds images, all when none is named, and says what to do with them.
pub(crate) fn run(programs: &[Program]) -> Result<()> {
    let programs = if programs.is_empty() { Program::value_variants() } else { programs };
    for &program in programs {
        build(program)?;
        let archive = archive(program)?;
        println!("{} is in {}", name(program), archive.display());
        println!("give it to a node: ctr -n k8s.io images import {}", archive.display());
    }
    Ok(())
}

/// What the chart names, in containerd's full spelling.
fn name(program: Program) -> String {
    format!("docker.io/library/{}:{}", program.name(), env!("CARGO_PKG_VERSION"))
}

/// A release build that needs no library of the system.
fn build_static(program: Program) -> Result<PathBuf> {
    let target = static_target();
    let mut rustup = Command::new("rustup");
    succeed(rustup.current_dir(workspace_root()?).args(["target", "add", &target]))
        .context("the image needs Rust's standard library for static programs, which rustup brings")?;
    let mut build = cargo()?;
    build.args(["build", "--release", "--locked", "--package", program.name(), "--target", &target]);
    // The few parts in C need headers, but nothing of the C library that differs.
    build.env(format!("CC_{}", target.replace('-', "_")), "cc");
    // Where the sources lay must not be in the program: it would differ from machine to machine.
    let hidden = [(workspace_root()?, "/podfs"), (&cargo_home()?, "/cargo")];
    let flags = hidden.map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()));
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    succeed(&mut build)?;
    let built = built(program)?;
    if !built.is_file() {
        bail!("{} was not built", built.display());
    }
    Ok(built)
}

/// What such a build is for.
fn static_target() -> String {
    format!("{}-unknown-linux-musl", env::consts::ARCH)
}

/// Where cargo keeps the sources of third-party crates.
fn cargo_home() -> Result<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .context("there is no home directory: set CARGO_HOME")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They cannot be built without a container engine; what can be told without one is that they go with the rest.
    #[test]
    fn the_dockerfiles_take_what_is_pinned_and_start_the_same_program() {
        let toolchain = fs::read_to_string(workspace_root().unwrap().join("rust-toolchain.toml")).unwrap();
        for &program in Program::value_variants() {
            let file = format!("images/{}.Dockerfile", program.name());
            let text = fs::read_to_string(workspace_root().unwrap().join(&file)).unwrap();
            let rust = text.split("FROM rust:").nth(1).and_then(|rest| rest.split('-').next()).unwrap();
            assert!(toolchain.contains(&format!("\"{rust}\"")), "{file}: Rust {rust}");
            let entry = format!("\nENTRYPOINT [\"/usr/bin/{}\"]\n", program.name());
            assert!(text.contains(&entry), "{file} has no{entry}");
            let with_rclone = program == Program::VolumeSyncingController;
            assert_eq!(
                text.contains(&format!("FROM rclone/rclone:{} ", RCLONE.version)),
                with_rclone,
                "{file}"
            );
            assert_eq!(text.contains("\nUSER 65532:65532\n"), with_rclone, "{file}");
        }
    }
}
