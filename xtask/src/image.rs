//! `cargo xtask image`: the node agent as a container image, without a container engine and without a shell inside.
//!
//! The program is linked statically, so the image holds nothing else. The same sources give the same archive.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use podfs_testkit::image::Image;
use podfs_testkit::tools::{target_dir, workspace_root};

use crate::cargo::{cargo, succeed};

/// The one program that runs in a container by now.
const PROGRAM: &str = "vcluster-fs-syncer";

/// Where the image's archive is once it is built.
pub(crate) fn archive() -> Result<PathBuf> {
    Ok(target_dir()?.join("images").join(format!("{PROGRAM}.tar")))
}

/// Builds the image of this version.
pub(crate) fn build() -> Result<()> {
    let program = build_static(PROGRAM)?;
    let archive = archive()?;
    if let Some(folder) = archive.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let inside = format!("usr/bin/{PROGRAM}");
    Image::new(&name(PROGRAM), &[&format!("/{inside}")])
        .folder("usr", 0o755)?
        .folder("usr/bin", 0o755)?
        .program(&inside, &program)?
        .write(&archive)
}

/// Builds it and says what to do with it.
pub(crate) fn run() -> Result<()> {
    build()?;
    let archive = archive()?;
    println!("{} is in {}", name(PROGRAM), archive.display());
    println!("give it to a node: ctr -n k8s.io images import {}", archive.display());
    Ok(())
}

/// What the chart names, in containerd's full spelling.
fn name(program: &str) -> String {
    format!("docker.io/library/{program}:{}", env!("CARGO_PKG_VERSION"))
}

/// A release build that needs no library of the system.
fn build_static(program: &str) -> Result<PathBuf> {
    let target = format!("{}-unknown-linux-musl", env::consts::ARCH);
    let mut rustup = Command::new("rustup");
    succeed(rustup.current_dir(workspace_root()?).args(["target", "add", &target]))
        .context("the image needs Rust's standard library for static programs, which rustup brings")?;
    let mut build = cargo()?;
    build.args(["build", "--release", "--locked", "--package", program, "--target", &target]);
    // The few parts in C need headers, but nothing of the C library that differs.
    build.env(format!("CC_{}", target.replace('-', "_")), "cc");
    // Where the sources lay must not be in the program: it would differ from machine to machine.
    let hidden = [(workspace_root()?, "/podfs"), (&cargo_home()?, "/cargo")];
    let flags = hidden.map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()));
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    succeed(&mut build)?;
    let built = target_dir()?.join(&target).join("release").join(program);
    if !built.is_file() {
        bail!("{} was not built", built.display());
    }
    Ok(built)
}

/// Where cargo keeps the sources of other people's crates.
fn cargo_home() -> Result<PathBuf> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .context("there is no home directory: set CARGO_HOME")
}
