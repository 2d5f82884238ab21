//! `cargo xtask ci`: every check that a change must pass, the quick ones first.

use anyhow::Result;

use crate::step::step;
use crate::{cargo, deny, generate, test};

pub(crate) fn run() -> Result<()> {
    step("format", || cargo::run(&["fmt", "--all", "--check"]))?;
    step("clippy", || {
        cargo::run(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    })?;
    step("generated files", generate::check)?;
    step("dependencies", deny::check)?;
    step("tests", || test::run(&[]))
}
