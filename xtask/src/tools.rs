//! `cargo xtask tools`: the pinned programs that tests use.

use anyhow::Result;
use podfs_testkit::tools::ALL;

/// Installs what is missing and prints where everything is.
pub(crate) fn print() -> Result<()> {
    for tool in ALL {
        println!("{} {} {}", tool.package, tool.version, tool.path()?.display());
    }
    Ok(())
}

/// Installs what is missing, so that no test pays for it.
pub(crate) fn install() -> Result<()> {
    ALL.iter().try_for_each(|tool| tool.path().map(drop))
}

/// Names and versions, for the list of what a test run used.
pub(crate) fn list() -> Vec<String> {
    ALL.iter().map(|tool| format!("{} ({} {})", tool.name, tool.package, tool.version)).collect()
}
