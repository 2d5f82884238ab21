//! The goals that we have set ourselves, and whether a result reaches them.

use std::fmt;

use crate::contestant::Contestant;
use crate::results::{Entry, Results};
use crate::scenario::Scenario;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    WallToRclone,
    CpuToRclone,
    WallToS5cmd,
    WallToBestOther,
    WallToPlain,
    Requests,
    RequestsPerFile,
    PeakMib,
}

use Measure::{
    CpuToRclone, PeakMib, Requests, RequestsPerFile, WallToBestOther, WallToPlain, WallToRclone, WallToS5cmd,
};

/// Our limits for a scenario: what is measured may not be more.
fn limits(scenario: Scenario) -> &'static [(Measure, f64)] {
    match scenario {
        Scenario::FirstSync => {
            &[(WallToRclone, 0.5), (CpuToRclone, 0.2), (RequestsPerFile, 1.01), (PeakMib, 64.0)]
        }
        Scenario::NoOp => &[(WallToRclone, 0.05), (WallToS5cmd, 0.125), (Requests, 0.0), (PeakMib, 64.0)],
        // The file, and four requests for the commit.
        Scenario::OneChanged => &[(Requests, 5.0), (PeakMib, 64.0)],
        Scenario::Restore => {
            &[(WallToRclone, 0.55), (CpuToRclone, 0.25), (RequestsPerFile, 1.01), (PeakMib, 64.0)]
        }
        Scenario::LargeUp | Scenario::LargeDown => &[(WallToBestOther, 1.0), (PeakMib, 64.0)],
        Scenario::CryptUp => &[(WallToRclone, 1.0), (CpuToRclone, 0.5), (PeakMib, 64.0)],
        Scenario::CryptDown => &[(WallToRclone, 1.0), (CpuToRclone, 0.8), (PeakMib, 64.0)],
        Scenario::CryptSmallUp | Scenario::CryptSmallDown => &[(WallToPlain, 1.2), (PeakMib, 64.0)],
    }
}

/// One goal beside what was measured.
#[derive(Debug)]
pub(crate) struct Goal {
    measure: Measure,
    limit: f64,
    /// None when it could not be measured: someone did not take part, or failed.
    measured: Option<f64>,
}

/// The goals of a scenario; none when we did not take part.
pub(crate) fn goals(results: &Results) -> Vec<Goal> {
    let Some(ours) = results.of(Contestant::Ours) else { return Vec::new() };
    let goal =
        |&(measure, limit): &(Measure, f64)| Goal { measure, limit, measured: measure.of(ours, results) };
    limits(results.scenario).iter().map(goal).collect()
}

impl Measure {
    fn of(self, ours: &Entry, results: &Results) -> Option<f64> {
        let rclone = || results.of(Contestant::Rclone);
        match self {
            WallToRclone => Some(ours.wall()? / rclone()?.wall()?),
            CpuToRclone => Some(ours.cpu()? / rclone()?.cpu()?),
            WallToS5cmd => Some(ours.wall()? / results.of(Contestant::S5cmd)?.wall()?),
            WallToBestOther => Some(ours.wall()? / results.best_other()?),
            WallToPlain => Some(ours.wall()? / results.plain()?),
            Requests => ours.requests(),
            RequestsPerFile => Some(ours.requests()? / results.files as f64),
            PeakMib => ours.peak_mib(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            WallToRclone => "wall time to rclone's default",
            CpuToRclone => "CPU time to rclone's default",
            WallToS5cmd => "wall time to s5cmd's",
            WallToBestOther => "wall time to the best other's",
            WallToPlain => "wall time to our own without encryption",
            Requests => "requests",
            RequestsPerFile => "requests a file",
            PeakMib => "peak RSS in MiB",
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, limit) = (self.measure.name(), self.limit);
        let (verdict, measured) = match self.measured {
            Some(measured) if measured <= limit => ("reached", format!("{measured:.3}")),
            Some(measured) => ("MISSED", format!("{measured:.3}")),
            None => ("unknown", "not measured".to_owned()),
        };
        write!(f, "{verdict}: {name} at most {limit}: {measured}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{entry, results};

    fn lines(scenario: Scenario, entries: Vec<Entry>) -> Vec<String> {
        goals(&results(scenario, entries)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_goal_says_whether_it_is_reached() {
        let entries = vec![entry(Contestant::Ours, &[300]), entry(Contestant::Rclone, &[1000])];
        assert_eq!(
            lines(Scenario::FirstSync, entries),
            [
                "reached: wall time to rclone's default at most 0.5: 0.300",
                "MISSED: CPU time to rclone's default at most 0.2: 0.300",
                "reached: requests a file at most 1.01: 1.000",
                "reached: peak RSS in MiB at most 64: 32.000",
            ]
        );
    }

    #[test]
    fn small_encrypted_files_are_held_against_our_own_plain_run() {
        let [ours, plain] = [entry(Contestant::Ours, &[110]), entry(Contestant::OursPlain, &[100])];
        let lines = lines(Scenario::CryptSmallUp, vec![ours, plain, entry(Contestant::Rclone, &[1])]);
        assert_eq!(lines[0], "reached: wall time to our own without encryption at most 1.2: 1.100");
    }

    #[test]
    fn what_was_not_measured_is_neither_reached_nor_missed() {
        let only_us = lines(Scenario::LargeUp, vec![entry(Contestant::Ours, &[300])]);
        assert_eq!(only_us[0], "unknown: wall time to the best other's at most 1: not measured");
        assert!(lines(Scenario::LargeUp, vec![entry(Contestant::Rclone, &[300])]).is_empty());
    }
}
