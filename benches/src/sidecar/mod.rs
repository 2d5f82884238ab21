//! Us as a sidecar, which no other program is: how soon a change is on the remote, and what waiting for one costs.

mod event;
mod process;
mod rest;
mod usage;

use anyhow::Result;

use crate::input::Input;
use crate::lab::Lab;
use crate::options::Options;
use crate::report::Part;
use crate::scenario::Scenario;
use crate::stage::Stage;

/// Runs a scenario with a sidecar. A failure is part of the report: other scenarios go on.
pub(crate) fn run(lab: &Lab, options: &Options, stage: &mut Stage<'_>, scenario: Scenario) -> Result<Part> {
    let input = lab.input(scenario.load())?;
    let part = match scenario {
        Scenario::AtRest => rest::run(lab, options, stage, input),
        _ => event::run(lab, options, stage, input),
    };
    Ok(part.unwrap_or_else(|error| {
        let failure = lab.without_paths(&format!("{error:#}"));
        eprintln!("{scenario}: FAILED: {failure}");
        Part::failed(scenario, tree(input), failure)
    }))
}

/// What is watched.
fn tree(input: &Input) -> String {
    format!("{} files in {} folders", input.files, input.folders)
}
