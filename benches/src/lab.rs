//! Everything that a benchmark needs around the contestants: a server, a proxy, inputs and a folder.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use podfs_testkit::proxy::FaultyProxy;
use podfs_testkit::servers::{Params, S3Server};
use podfs_testkit::tools::target_dir;
use tempfile::TempDir;

use crate::encryption::Encryption;
use crate::input::{Input, Load};
use crate::inputs::Inputs;
use crate::options::Options;

/// Which way a run takes to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Straight.
    Direct,
    /// Through the proxy, which counts.
    Counted,
    /// What is timed: straight, or through the proxy when it is to add a delay.
    Timed,
}

/// The place of a benchmark. All of it is gone when dropped.
#[derive(Debug)]
pub(crate) struct Lab {
    /// The server that all contestants talk to.
    pub(crate) server: S3Server,
    /// The proxy in front of it.
    pub(crate) proxy: FaultyProxy,
    /// The program that takes part as `ours`.
    pub(crate) controller: Option<PathBuf>,
    /// How long a run may take.
    pub(crate) timeout: Duration,
    /// What `ours` gets instead of its default.
    pub(crate) transfers: Option<u32>,
    /// Keys of the remote that `ours` gets besides.
    pub(crate) params: Params,
    /// For the scenarios that are encrypted.
    pub(crate) encryption: Encryption,
    delay: Duration,
    inputs: Inputs,
    folder: TempDir,
    _lock: File,
}

impl Lab {
    /// Starts the server and makes the folder. Inputs are made when they are first needed.
    pub(crate) fn start(options: &Options) -> Result<Self> {
        let (folder, lock) = folder()?;
        let server = S3Server::start()?;
        let proxy = FaultyProxy::start(server.addr())?;
        Ok(Self {
            server,
            proxy,
            controller: options.controller.as_deref().map(std::path::absolute).transpose()?,
            timeout: options.timeout(),
            transfers: options.transfers,
            params: options.param.clone(),
            encryption: Encryption::new()?,
            delay: options.delay(),
            inputs: Inputs::new(folder.path().to_owned(), options.sizes),
            folder,
            _lock: lock,
        })
    }

    /// The files of a load.
    pub(crate) fn input(&self, load: Load) -> Result<&Input> {
        self.inputs.of(load)
    }

    /// Sets the proxy up for a way, and returns the server's keys for it.
    pub(crate) fn open(&self, route: Route) -> Params {
        let delayed = route == Route::Timed && !self.delay.is_zero();
        self.proxy.delay(if delayed { self.delay } else { Duration::ZERO });
        if delayed || route == Route::Counted {
            self.server.params_through(&self.proxy.endpoint())
        } else {
            self.server.params()
        }
    }

    /// A new, empty folder on the file system that inputs lie on.
    pub(crate) fn new_folder(&self) -> Result<TempDir> {
        tempfile::tempdir_in(self.folder.path()).context("cannot make a folder")
    }

    /// A message without the path of the folder, which means nothing on another machine.
    pub(crate) fn without_paths(&self, text: &str) -> String {
        text.replace(&*self.folder.path().to_string_lossy(), "…")
    }
}

/// A folder in cargo's target folder, so that it is on a real disk, and the lock that keeps a second benchmark out.
fn folder() -> Result<(TempDir, File)> {
    let home = target_dir()?.join("podfs-bench");
    fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
    let lock = File::create(home.join(".lock"))?;
    lock.try_lock().context("another benchmark is running, which would disturb both")?;
    // With the lock held, whatever lies here was left by a benchmark that was killed.
    for entry in fs::read_dir(&home)?.flatten().filter(|entry| entry.path().is_dir()) {
        fs::remove_dir_all(entry.path()).context("cannot remove what an earlier benchmark left")?;
    }
    Ok((tempfile::tempdir_in(&home)?, lock))
}
