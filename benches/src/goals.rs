//! The goals that we have set ourselves, and whether a result reaches them.

use std::fmt;

use crate::contestant::Contestant;
use crate::results::{Entry, Results};
use crate::scenario::Scenario;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    WallTo(Contestant),
    WallToBestOther,
    CpuToRclone,
    Requests,
    RequestsPerFile,
    PeakMib,
}

use Contestant::{Find, OursNoOp, OursPlain, Rclone, S5cmd};
use Measure::{CpuToRclone, PeakMib, Requests, RequestsPerFile, WallTo, WallToBestOther};

/// Our limits for a scenario: what is measured may not be more.
fn limits(scenario: Scenario) -> &'static [(Measure, f64)] {
    match scenario {
        Scenario::FirstSync => {
            &[(WallTo(Rclone), 0.5), (CpuToRclone, 0.2), (RequestsPerFile, 1.01), (PeakMib, 64.0)]
        }
        Scenario::Restore => {
            &[(WallTo(Rclone), 0.55), (CpuToRclone, 0.25), (RequestsPerFile, 1.01), (PeakMib, 64.0)]
        }
        Scenario::LargeUp | Scenario::LargeDown => &[(WallToBestOther, 1.0), (PeakMib, 64.0)],
        Scenario::CryptUp => &[(WallTo(Rclone), 1.0), (CpuToRclone, 0.5), (PeakMib, 64.0)],
        Scenario::CryptDown => &[(WallTo(Rclone), 1.0), (CpuToRclone, 0.8), (PeakMib, 64.0)],
        Scenario::CryptSmallUp | Scenario::CryptSmallDown => &[(WallTo(OursPlain), 1.2), (PeakMib, 64.0)],
        Scenario::NoOp => &[
            (Requests, 0.0),
            (WallTo(Find), 2.0),
            (WallTo(Rclone), 0.05),
            (WallTo(S5cmd), 0.125),
            (PeakMib, 64.0),
        ],
        // The file, and four requests for the commit. The upload itself may take its time beside the one and a half.
        Scenario::OneChanged => &[(Requests, 5.0), (WallTo(OursNoOp), 1.5), (PeakMib, 64.0)],
        Scenario::MillionFirstSync | Scenario::MillionNoOp => &[(PeakMib, 128.0)],
        // A sidecar is no run: its own module has its goals.
        Scenario::Event | Scenario::AtRest => &[],
    }
}

/// One goal beside what was measured.
#[derive(Debug)]
pub(crate) struct Goal {
    name: String,
    limit: f64,
    /// None when it could not be measured: someone did not take part, or failed.
    measured: Option<f64>,
}

impl Goal {
    /// That `name` is at most `limit`.
    pub(crate) fn new(name: impl Into<String>, limit: f64, measured: Option<f64>) -> Self {
        Self { name: name.into(), limit, measured }
    }
}

/// The goals of a scenario; none when we did not take part.
pub(crate) fn goals(results: &Results) -> Vec<Goal> {
    let Some(ours) = results.of(Contestant::Ours) else { return Vec::new() };
    let goal =
        |&(measure, limit): &(Measure, f64)| Goal::new(measure.name(), limit, measure.of(ours, results));
    limits(results.scenario).iter().map(goal).collect()
}

impl Measure {
    fn of(self, ours: &Entry, results: &Results) -> Option<f64> {
        match self {
            WallTo(contestant) => Some(ours.wall()? / results.of(contestant)?.wall()?),
            WallToBestOther => Some(ours.wall()? / results.best_other()?),
            CpuToRclone => Some(ours.cpu()? / results.of(Rclone)?.cpu()?),
            Requests => ours.requests(),
            RequestsPerFile => Some(ours.requests()? / results.files as f64),
            PeakMib => ours.peak_mib(),
        }
    }

    fn name(self) -> String {
        match self {
            WallTo(Rclone) => "wall time to rclone's default".to_owned(),
            WallTo(OursPlain) => "wall time to our own without encryption".to_owned(),
            WallTo(OursNoOp) => "wall time to our own with nothing to do".to_owned(),
            WallTo(other) => format!("wall time to {other}'s"),
            WallToBestOther => "wall time to the best other's".to_owned(),
            CpuToRclone => "CPU time to rclone's default".to_owned(),
            Requests => "requests".to_owned(),
            RequestsPerFile => "requests a file".to_owned(),
            PeakMib => "peak RSS in MiB".to_owned(),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, limit, .. } = self;
        let (verdict, measured) = match self.measured {
            Some(measured) if measured <= *limit => ("reached", format!("{measured:.3}")),
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
    fn each_has_its_own_beside_it() {
        let entries = [(Contestant::Ours, 30), (S5cmd, 300), (Find, 20)];
        let lines = |scenario| lines(scenario, entries.map(|(who, wall)| entry(who, &[wall])).into());
        let no_op = lines(Scenario::NoOp);
        assert_eq!(no_op[1], "reached: wall time to find's at most 2: 1.500");
        assert_eq!(no_op[3], "reached: wall time to s5cmd's at most 0.125: 0.100");
        let name = "wall time to our own with nothing to do";
        assert_eq!(lines(Scenario::OneChanged)[1], format!("unknown: {name} at most 1.5: not measured"));
    }

    #[test]
    fn what_was_not_measured_is_neither_reached_nor_missed() {
        let only_us = lines(Scenario::LargeUp, vec![entry(Contestant::Ours, &[300])]);
        assert_eq!(only_us[0], "unknown: wall time to the best other's at most 1: not measured");
        assert!(lines(Scenario::LargeUp, vec![entry(Contestant::Rclone, &[300])]).is_empty());
    }
}
