//! One file of a big tree changes while a sidecar watches it: how long until the remote has it, and what that asks for.

use std::time::{Duration, Instant};

use anyhow::Result;
use podfs_testkit::until;

use super::process::{DONE, Sidecar};
use super::tree;
use crate::contestant::Contestant;
use crate::goals::Goal;
use crate::input::Input;
use crate::lab::Lab;
use crate::options::Options;
use crate::place::Place;
use crate::report::{Part, columns, range, text};
use crate::requests::Requests;
use crate::results::median;
use crate::scenario::Scenario;
use crate::stage::Stage;

/// Far more than our goal.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the sidecar says when it walks over the whole tree.
const SCAN: &str = "looking at everything";

/// What became of one change.
#[derive(Debug)]
struct Event {
    /// From before the write until the remote had it.
    seconds: f64,
    /// What the whole sync asked for.
    requests: Requests,
    /// How often all was looked at meanwhile.
    scans: usize,
}

/// Starts a sidecar and changes a file several times, each time when nothing is going on.
pub(super) fn run(lab: &Lab, options: &Options, stage: &mut Stage<'_>, input: &Input) -> Result<Part> {
    let turn = stage.turn(Scenario::Event, Contestant::Ours)?;
    let mut sidecar = Sidecar::start(&turn, &input.dir)?;
    lab.proxy.delay(options.delay());
    // The first sync looks at everything. If it did not say so, no other scan would be seen either.
    sidecar.wait_for(SCAN, 0)?;
    let mut events = Vec::new();
    for number in 1..=options.runs {
        sidecar.wait_for_rest()?;
        let event = change(lab, &turn.place, &mut sidecar, input)?;
        eprintln!("event {number}/{}: {:.2} s, {}", options.runs, event.seconds, event.requests);
        events.push(event);
    }
    Ok(part(input, &events))
}

fn change(lab: &Lab, place: &Place<'_>, sidecar: &mut Sidecar, input: &Input) -> Result<Event> {
    let said = sidecar.said_since(0).len();
    drop(lab.proxy.take_requests());
    let begin = Instant::now();
    let change = input.change()?;
    until("the remote has what was written", PATIENCE, || place.has(&change).unwrap_or(false))?;
    let seconds = begin.elapsed().as_secs_f64();
    sidecar.wait_for(DONE, said)?;
    let requests = Requests::of(&lab.proxy.take_requests());
    Ok(Event { seconds, requests, scans: sidecar.said_since(said).matches(SCAN).count() })
}

fn part(input: &Input, events: &[Event]) -> Part {
    let seconds = || events.iter().map(|event| event.seconds);
    let slowest = seconds().reduce(f64::max);
    let requests = events.iter().map(|event| event.requests.total() as f64).reduce(f64::max);
    let scans = (!events.is_empty()).then(|| events.iter().map(|event| event.scans as f64).sum::<f64>());
    let heads = ["contestant", "s until there", "min–max", "requests", "scans"].map(str::to_owned);
    let row = [
        Contestant::Ours.to_string(),
        text(median(seconds().collect()), 2),
        range(seconds().reduce(f64::min).zip(slowest)),
        text(requests, 0),
        text(scans, 0),
    ];
    Part {
        scenario: Scenario::Event,
        subject: format!("{}, of which one is written {} times", tree(input), events.len()),
        table: columns(&[heads.into(), row.into()]),
        remarks: events
            .last()
            .map(|event| format!("Requests of ours: {}", event.requests))
            .into_iter()
            .collect(),
        goals: vec![
            Goal::new("seconds until the remote has it", 2.0, slowest),
            Goal::new("requests", 5.0, requests),
            Goal::new("scans", 0.0, scans),
        ],
        failures: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_and_every_scan_count() {
        let dir = tempfile::tempdir().unwrap();
        let input = Input::many(dir.path().join("many"), 2).unwrap();
        let event = |seconds, scans| Event { seconds, requests: Requests::default(), scans };
        let part = part(&input, &[event(1.0, 0), event(2.5, 1), event(1.5, 0)]);
        assert!(
            part.table.contains("| ours       |          1.50 | 1.00–2.50 |        0 |     1 |"),
            "{}",
            part.table
        );
        let goals: Vec<String> = part.goals.iter().map(ToString::to_string).collect();
        assert_eq!(goals[0], "MISSED: seconds until the remote has it at most 2: 2.500");
        assert_eq!(goals[2], "MISSED: scans at most 0: 1.000");
    }
}
