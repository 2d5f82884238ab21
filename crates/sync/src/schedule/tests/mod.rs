//! Tests of the schedules as a whole; what one file does alone is tested in that file.

mod activation;
mod daylight;
mod errors;
mod forms;
mod model;
mod overlap;
mod properties;
mod series;

use jiff::Zoned;

use super::Schedule;

/// A moment in a zone, such as `2012-07-09T14:45[UTC]`.
fn moment(text: &str) -> Zoned {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn schedule(expression: &str) -> Schedule {
    Schedule::parse(expression).unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that the runs after `start` are `expected`, written as times with offset.
fn assert_runs(expression: &str, start: &str, expected: &[&str]) {
    let found: Vec<_> = schedule(expression)
        .upcoming(&moment(start))
        .take(expected.len())
        .map(|run| run.timestamp())
        .collect();
    let expected: Vec<jiff::Timestamp> =
        expected.iter().map(|text| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))).collect();
    assert_eq!(found, expected, "{expression} after {start}");
}
