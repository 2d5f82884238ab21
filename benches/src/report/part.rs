//! One scenario in a report.

use crate::goals::{Goal, goals};
use crate::results::{Entry, Results};
use crate::scenario::Scenario;

use super::table;

/// What is said of a scenario: a table, remarks, goals, and what went wrong.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) scenario: Scenario,
    /// What was carried or watched.
    pub(crate) subject: String,
    pub(crate) table: String,
    pub(crate) remarks: Vec<String>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) failures: Vec<String>,
}

impl Part {
    /// A scenario that came to nothing.
    pub(crate) fn failed(scenario: Scenario, subject: String, failure: String) -> Self {
        let (table, remarks, goals) = (String::new(), Vec::new(), Vec::new());
        Self { scenario, subject, table, remarks, goals, failures: vec![failure] }
    }

    /// As Markdown.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![format!("### {}: {}\n", self.scenario, self.subject), self.table.clone()];
        lines.extend(self.remarks.iter().map(|remark| format!("- {remark}")));
        lines.extend(self.goals.iter().map(|goal| format!("- Goal {goal}")));
        lines.extend(
            self.failures.iter().map(|failure| format!("- FAILED: {}", failure.replace('\n', "\n  "))),
        );
        lines.join("\n") + "\n\n"
    }
}

impl From<&Results> for Part {
    fn from(results: &Results) -> Self {
        let failures = |entry: &Entry| {
            let contestant = entry.contestant;
            entry.failures.iter().map(move |failure| format!("{contestant}: {failure}")).collect::<Vec<_>>()
        };
        Self {
            scenario: results.scenario,
            subject: subject(results.files, results.bytes),
            table: table::table(results),
            remarks: results.entries.iter().filter_map(requests).collect(),
            goals: goals(results),
            failures: results.entries.iter().flat_map(failures).collect(),
        }
    }
}

/// So many files of so many bytes in all.
fn subject(files: u64, bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    format!("{files} {}, {mib:.1} MiB", if files == 1 { "file" } else { "files" })
}

fn requests(entry: &Entry) -> Option<String> {
    Some(format!("Requests of {}: {}", entry.contestant, entry.requests.as_ref()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contestant::Contestant;
    use crate::results::tests::{entry, results};

    #[test]
    fn a_failure_is_in_the_report() {
        let mut broken = entry(Contestant::S5cmd, &[]);
        broken.failures.push("first-sync 1/3: it ended\nbadly".to_owned());
        let results = results(Scenario::FirstSync, vec![entry(Contestant::Rclone, &[500]), broken]);
        let text = Part::from(&results).text();
        assert!(text.starts_with("### first-sync: 200 files, 0.8 MiB\n\n| contestant"), "{text}");
        assert!(text.contains("- Requests of rclone: 200 PUT\n"), "{text}");
        assert!(text.contains("- FAILED: s5cmd: first-sync 1/3: it ended\n  badly\n"), "{text}");
    }
}
