//! Runs us, rclone and s5cmd against the same S3 server and compares what each of them costs; and us as a sidecar.

mod contestant;
mod encryption;
mod goals;
mod input;
mod inputs;
mod job;
mod lab;
mod measure;
mod options;
mod place;
mod report;
mod requests;
mod results;
mod rounds;
mod scenario;
mod sidecar;
mod stage;
mod turn;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::lab::Lab;
use crate::options::Options;
use crate::report::{Part, Report};
use crate::scenario::Scenario;
use crate::stage::Stage;

fn main() -> ExitCode {
    let outcome = if let Some(order) = measure::order() {
        measure::carry_out(&order).map(|()| true)
    } else if let Some(upload) = contestant::upload() {
        upload.run().map(|()| true)
    } else {
        compare(&Options::parse())
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("error: not every run went well: see the notes in the report");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every scenario, prints each table as soon as it is known, and tells whether all runs went well.
fn compare(options: &Options) -> Result<bool> {
    let lab = Lab::start(options)?;
    let mut stage = Stage::new(&lab);
    let mut report = Report::new(options)?;
    println!("{}", report.introduction());
    for scenario in options.scenarios() {
        let part = match scenario {
            Scenario::Event | Scenario::AtRest => sidecar::run(&lab, options, &mut stage, scenario)?,
            _ => Part::from(&rounds::run(&lab, options, &mut stage, scenario)?),
        };
        println!("{}", report.add(&part));
        // After each scenario, so that a run that is cut short leaves what it found.
        if let Some(file) = &options.markdown {
            report.write(file)?;
        }
    }
    Ok(report.all_went_well())
}
