//! What a person reads: the same Markdown on the terminal and in a file.

mod machine;
mod section;
mod table;

use std::path::Path;

use anyhow::Result;

use crate::contestant::version;
use crate::goals::goals;
use crate::options::Options;
use crate::results::{Entry, Results};

/// The scenarios so far.
#[derive(Debug)]
pub(crate) struct Report {
    introduction: String,
    delay_ms: u64,
    parts: Vec<String>,
    failed: bool,
}

impl Report {
    /// A report without a scenario yet.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let introduction = [machine::describe()?, settings(options), contestants(options)?].join("\n");
        Ok(Self { introduction, delay_ms: options.delay_ms, parts: Vec::new(), failed: false })
    }

    /// Where, when and with what.
    pub(crate) fn introduction(&self) -> &str {
        &self.introduction
    }

    /// Takes a scenario in, and returns its text.
    pub(crate) fn add(&mut self, results: &Results) -> &str {
        self.failed |= results.entries.iter().any(|entry| !entry.failures.is_empty());
        self.parts.push(part(results));
        self.parts.last().map_or("", String::as_str)
    }

    /// Writes all of it into its section of a file.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = format!("{}\n{}", self.introduction, self.parts.concat());
        section::write(file, &format!("delay-{}-ms", self.delay_ms), &text)
    }

    /// Whether no run failed.
    pub(crate) fn all_went_well(&self) -> bool {
        !self.failed
    }
}

fn settings(options: &Options) -> String {
    let way = match options.delay_ms {
        0 => "straight to the server".to_owned(),
        delay => format!("through a proxy that adds {delay} ms to every request"),
    };
    let (runs, weed) = (options.runs, podfs_testkit::tools::WEED.version);
    format!("- timed runs of each: {runs}, interleaved, {way} (SeaweedFS {weed}, on the same machine)")
}

fn contestants(options: &Options) -> Result<String> {
    let mut lines = Vec::new();
    for contestant in options.all_contestants() {
        let version = version(contestant, options.controller.as_deref())?;
        let flags = match (contestant, options.transfers) {
            (ours, Some(transfers)) if ours.is_ours() => format!("`--transfers {transfers}`"),
            _ => contestant.flags(),
        };
        lines.push(format!("- {contestant}: {version}, flags: {flags}\n"));
    }
    Ok(lines.concat())
}

/// One scenario: a table, requests by kind, goals, and what went wrong.
fn part(results: &Results) -> String {
    let Results { scenario, files, bytes, .. } = results;
    let mib = *bytes as f64 / f64::from(1 << 20);
    let files_word = if *files == 1 { "file" } else { "files" };
    let mut lines =
        vec![format!("### {scenario}: {files} {files_word}, {mib:.1} MiB\n"), table::table(results)];
    lines.extend(results.entries.iter().filter_map(requests));
    lines.extend(goals(results).iter().map(|goal| format!("- Goal {goal}")));
    for entry in &results.entries {
        lines.extend(entry.failures.iter().map(|failure| failure_line(entry, failure)));
    }
    lines.join("\n") + "\n\n"
}

fn requests(entry: &Entry) -> Option<String> {
    Some(format!("- Requests of {}: {}", entry.contestant, entry.requests.as_ref()?))
}

fn failure_line(entry: &Entry, failure: &str) -> String {
    format!("- FAILED: {}: {}", entry.contestant, failure.replace('\n', "\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contestant::Contestant;
    use crate::results::tests::{entry, results};
    use crate::scenario::Scenario;

    #[test]
    fn a_failure_is_in_the_report() {
        let mut broken = entry(Contestant::S5cmd, &[]);
        broken.failures.push("first-sync 1/3: it ended\nbadly".to_owned());
        let text = part(&results(Scenario::FirstSync, vec![entry(Contestant::Rclone, &[500]), broken]));
        assert!(text.starts_with("### first-sync: 200 files, 0.8 MiB\n\n| contestant"), "{text}");
        assert!(text.contains("- Requests of rclone: 200 PUT\n"), "{text}");
        assert!(text.contains("- FAILED: s5cmd: first-sync 1/3: it ended\n  badly\n"), "{text}");
    }
}
