//! `cargo xtask ci`: every check that a change must pass, the quick ones first.

use std::time::Duration;

use anyhow::Result;

use crate::step::step;
use crate::{cargo, deny, fuzz, generate, test};

/// For each target: enough to notice what a change broke. What is new is found by longer runs.
const FUZZING: Duration = Duration::from_secs(4);

pub(crate) fn run() -> Result<()> {
    step("format", || cargo::run(&["fmt", "--all", "--check"]))?;
    step("clippy", || {
        cargo::run(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    })?;
    step("build", cargo::build)?;
    step("generated files", generate::check)?;
    step("dependencies", deny::check)?;
    step("fuzzing", || fuzz::run(FUZZING, &[]))?;
    step("tests", || test::run(&[]))
}
