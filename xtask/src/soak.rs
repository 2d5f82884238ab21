//! `cargo xtask soak`: the soak of the controller's tests, for longer than a test may take.

use anyhow::Result;
use podfs_testkit::tools::ALL;

use crate::cargo::{cargo, succeed};
use crate::tools;

/// Runs it for so many minutes and prints what it came to.
pub(crate) fn run(minutes: u64, seed: Option<u64>) -> Result<()> {
    tools::install(ALL)?;
    let mut test = cargo()?;
    test.args(["test", "--locked", "-p", "volume-syncing-controller", "--test", "cli"]);
    test.args(["--", "--nocapture", "soak::whatever"]);
    test.env("PODFS_SOAK_SECONDS", (minutes * 60).to_string());
    if let Some(seed) = seed {
        test.env("PODFS_SOAK_SEED", seed.to_string());
    }
    succeed(&mut test)
}
