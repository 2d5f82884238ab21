//! What a person reads: the same Markdown on the terminal and in a file.

mod columns;
mod machine;
mod part;
mod section;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::contestant::version;
use crate::options::Options;

pub(crate) use columns::{columns, range, text};
pub(crate) use part::Part;

/// The scenarios so far.
#[derive(Debug)]
pub(crate) struct Report {
    introduction: String,
    delay_ms: u64,
    /// The scenarios of each section.
    sections: BTreeMap<String, String>,
    failed: bool,
}

impl Report {
    /// A report without a scenario yet.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let introduction = [machine::describe()?, settings(options), contestants(options)?].join("\n");
        Ok(Self { introduction, delay_ms: options.delay_ms, sections: BTreeMap::new(), failed: false })
    }

    /// Where, when and with what.
    pub(crate) fn introduction(&self) -> &str {
        &self.introduction
    }

    /// Takes a scenario in, and returns its text.
    pub(crate) fn add(&mut self, part: &Part) -> String {
        self.failed |= !part.failures.is_empty();
        let text = part.text();
        self.sections.entry(part.scenario.section(self.delay_ms)).or_default().push_str(&text);
        text
    }

    /// Writes all of it into its sections of a file.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        for (name, parts) in &self.sections {
            section::write(file, name, &format!("{}\n{parts}", self.introduction))?;
        }
        Ok(())
    }

    /// Whether no run failed.
    pub(crate) fn all_went_well(&self) -> bool {
        !self.failed
    }
}

fn settings(options: &Options) -> String {
    let way = match options.delay_ms {
        0 => "requests go straight to the server".to_owned(),
        delay => format!("requests go through a proxy that adds {delay} ms to each"),
    };
    let (runs, weed) = (options.runs, podfs_testkit::tools::WEED.version);
    format!("- timed runs of each: {runs}, interleaved; {way} (SeaweedFS {weed}, on the same machine)")
}

fn our_flags(options: &Options) -> String {
    let transfers = options.transfers.map(|transfers| format!("--transfers {transfers}"));
    let params = options.param.iter().map(|(key, value)| format!("-p {key}={value}"));
    let flags: Vec<String> = transfers.into_iter().chain(params).collect();
    if flags.is_empty() { "none".to_owned() } else { format!("`{}`", flags.join(" ")) }
}

fn contestants(options: &Options) -> Result<String> {
    let mut lines = Vec::new();
    for contestant in options.all_contestants() {
        let version = version(contestant, options.controller.as_deref())?;
        let flags = if contestant.is_ours() { our_flags(options) } else { contestant.flags() };
        lines.push(format!("- {contestant}: {version}, flags: {flags}\n"));
    }
    Ok(lines.concat())
}
