//! Turns in rounds: every contestant once per round, so that what disturbs the machine disturbs all alike.

use anyhow::Result;

use crate::contestant::Contestant;
use crate::lab::{Lab, Route};
use crate::options::Options;
use crate::requests::Requests;
use crate::results::{Entry, Results};
use crate::scenario::Scenario;
use crate::stage::Stage;

/// One round that counts requests and warms everything up, then the timed ones.
pub(crate) fn run(lab: &Lab, options: &Options, scenario: Scenario) -> Result<Results> {
    let input = lab.input(scenario.load())?;
    let mut stage = Stage::new(lab, scenario);
    let mut entries: Vec<Entry> = options.contestants(scenario).into_iter().map(Entry::new).collect();
    for round in 0..=options.runs {
        for entry in &mut entries {
            if round == 0 {
                count(lab, &mut stage, scenario, entry);
            } else {
                time(lab, &mut stage, &format!("{scenario} {round}/{}", options.runs), entry);
            }
        }
    }
    Ok(Results { scenario, files: input.files, bytes: input.bytes, entries })
}

/// A failure is part of the result: the others go on.
fn count(lab: &Lab, stage: &mut Stage<'_>, scenario: Scenario, entry: &mut Entry) {
    let counted = stage.turn(entry.contestant).and_then(|turn| {
        drop(lab.proxy.take_requests());
        turn.play(Route::Counted)
    });
    match counted {
        Ok(cost) => {
            let requests = Requests::of(&lab.proxy.take_requests());
            let seconds = cost.wall.as_secs_f64();
            eprintln!("{scenario} counted {}: {requests} ({seconds:.2} s by the proxy)", entry.contestant);
            entry.requests = Some(requests);
        }
        Err(error) => fail(lab, entry, &format!("{scenario} counted"), &error),
    }
}

fn time(lab: &Lab, stage: &mut Stage<'_>, run: &str, entry: &mut Entry) {
    match stage.turn(entry.contestant).and_then(|turn| turn.play(Route::Timed)) {
        Ok(cost) => {
            let (wall, cpu) = (cost.wall.as_secs_f64(), cost.usage.cpu.as_secs_f64());
            eprintln!("{run} {}: {wall:.2} s, CPU {cpu:.2} s", entry.contestant);
            entry.costs.push(cost);
        }
        Err(error) => fail(lab, entry, run, &error),
    }
}

fn fail(lab: &Lab, entry: &mut Entry, run: &str, error: &anyhow::Error) {
    let error = lab.without_paths(&format!("{error:#}"));
    eprintln!("{run} {}: FAILED: {error}", entry.contestant);
    entry.failures.push(format!("{run}: {error}"));
}

impl Entry {
    fn new(contestant: Contestant) -> Self {
        Self { contestant, requests: None, costs: Vec::new(), failures: Vec::new() }
    }
}
