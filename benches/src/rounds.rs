//! Turns in rounds: every contestant once per round, so that what disturbs the machine disturbs all alike.

use anyhow::Result;

use crate::contestant::Contestant;
use crate::lab::{Lab, Route};
use crate::measure::Cost;
use crate::options::Options;
use crate::requests::Requests;
use crate::results::{Entry, Results};
use crate::scenario::Scenario;
use crate::stage::Stage;

/// One round that counts requests and warms everything up, then the timed ones.
pub(crate) fn run(
    lab: &Lab,
    options: &Options,
    stage: &mut Stage<'_>,
    scenario: Scenario,
) -> Result<Results> {
    let input = lab.input(scenario.load())?;
    let mut entries: Vec<Entry> = options.contestants(scenario).into_iter().map(Entry::new).collect();
    let first = if scenario.is_local() { 1 } else { 0 };
    for round in first..=options.runs {
        for entry in &mut entries {
            if round == 0 {
                count(lab, stage, scenario, entry);
            } else {
                time(lab, stage, scenario, &format!("{scenario} {round}/{}", options.runs), entry);
            }
        }
    }
    Ok(Results { scenario, files: input.files, bytes: input.bytes, entries })
}

/// A failure is part of the result: the others go on.
fn count(lab: &Lab, stage: &mut Stage<'_>, scenario: Scenario, entry: &mut Entry) {
    match counted(lab, stage, scenario, entry.contestant) {
        Ok((cost, requests)) => {
            let seconds = cost.wall.as_secs_f64();
            eprintln!("{scenario} counted {}: {requests} ({seconds:.2} s by the proxy)", entry.contestant);
            entry.requests = Some(requests);
        }
        Err(error) => fail(lab, entry, &format!("{scenario} counted"), &error),
    }
}

fn counted(
    lab: &Lab,
    stage: &mut Stage<'_>,
    scenario: Scenario,
    contestant: Contestant,
) -> Result<(Cost, Requests)> {
    let turn = stage.turn(scenario, contestant)?;
    drop(lab.proxy.take_requests());
    let cost = turn.play(Route::Counted)?;
    let requests = Requests::of(&lab.proxy.take_requests());
    if scenario.is_repeated() && contestant.is_ours() {
        // What we remember of the server's own address is behind by now. That is made good before anything is timed.
        turn.play(Route::Timed)?;
    }
    Ok((cost, requests))
}

fn time(lab: &Lab, stage: &mut Stage<'_>, scenario: Scenario, run: &str, entry: &mut Entry) {
    match stage.turn(scenario, entry.contestant).and_then(|turn| turn.play(Route::Timed)) {
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
