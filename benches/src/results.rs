//! What came out of a scenario, and the figures that sum it up.

use crate::contestant::Contestant;
use crate::measure::Cost;
use crate::requests::Requests;
use crate::scenario::Scenario;

/// A scenario's outcome.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) scenario: Scenario,
    /// Files carried in each run.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// One for each contestant, in the order of turns.
    pub(crate) entries: Vec<Entry>,
}

/// One contestant's outcome.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) contestant: Contestant,
    /// What the counting run asked of the server; none when it failed.
    pub(crate) requests: Option<Requests>,
    /// The timed runs that went well.
    pub(crate) costs: Vec<Cost>,
    /// What went wrong, one text per run.
    pub(crate) failures: Vec<String>,
}

impl Results {
    /// A contestant's entry, if it took part.
    pub(crate) fn of(&self, contestant: Contestant) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.contestant == contestant)
    }

    /// The wall time that we are held against: of whom the scenario names, else of the fastest of the others.
    pub(crate) fn beside(&self) -> Option<f64> {
        match self.scenario.beside() {
            Some(contestant) => self.of(contestant)?.wall(),
            None => self.best_other(),
        }
    }

    /// The wall time of the fastest of the others.
    pub(crate) fn best_other(&self) -> Option<f64> {
        let others = self.entries.iter().filter(|entry| entry.contestant.is_other());
        others.filter_map(Entry::wall).reduce(f64::min)
    }
}

impl Entry {
    /// Seconds on the clock: the median.
    pub(crate) fn wall(&self) -> Option<f64> {
        median(self.walls())
    }

    /// Seconds on the clock: the fastest and the slowest run.
    pub(crate) fn wall_range(&self) -> Option<(f64, f64)> {
        Some((self.walls().into_iter().reduce(f64::min)?, self.walls().into_iter().reduce(f64::max)?))
    }

    /// Seconds on the processors: the median.
    pub(crate) fn cpu(&self) -> Option<f64> {
        median(self.costs.iter().map(|cost| cost.usage.cpu.as_secs_f64()).collect())
    }

    /// MiB in memory: the worst run, since a peak is a promise.
    pub(crate) fn peak_mib(&self) -> Option<f64> {
        self.costs.iter().map(|cost| cost.usage.peak_rss as f64 / f64::from(1 << 20)).reduce(f64::max)
    }

    /// Requests in all.
    pub(crate) fn requests(&self) -> Option<f64> {
        self.requests.as_ref().map(|requests| requests.total() as f64)
    }

    fn walls(&self) -> Vec<f64> {
        self.costs.iter().map(|cost| cost.wall.as_secs_f64()).collect()
    }
}

/// The one in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::measure::Usage;

    /// A contestant with runs of these milliseconds, a tenth of that as CPU time, 32 MiB and 200 requests.
    pub(crate) fn entry(contestant: Contestant, walls: &[u64]) -> Entry {
        let cost = |ms: &u64| Cost {
            wall: Duration::from_millis(*ms),
            usage: Usage { cpu: Duration::from_millis(ms / 10), peak_rss: 32 << 20 },
        };
        let record =
            podfs_testkit::proxy::RequestRecord { method: "PUT".into(), target: "/b/k".into(), range: None };
        let requests = Some(Requests::of(&vec![record; 200]));
        Entry { contestant, requests, costs: walls.iter().map(cost).collect(), failures: Vec::new() }
    }

    /// 200 files of 4 KiB, and what these contestants made of them.
    pub(crate) fn results(scenario: Scenario, entries: Vec<Entry>) -> Results {
        Results { scenario, files: 200, bytes: 200 * 4096, entries }
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn the_others_are_those_that_sync() {
        let ours = [entry(Contestant::Ours, &[100]), entry(Contestant::OursPlain, &[90])];
        let others = [entry(Contestant::S5cmd, &[300, 500, 400]), entry(Contestant::Find, &[50])];
        let results = results(Scenario::NoOp, ours.into_iter().chain(others).collect());
        assert_eq!((results.best_other(), results.beside()), (Some(0.4), Some(0.05)));
    }
}
