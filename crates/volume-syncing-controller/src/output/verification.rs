//! What `verify` found, as lines for people or as one JSON document:
//! `{"verification": {"generation": 7, "good": 12, "wrong": 1, "findings": […], …}, "exit": 1}`.

use std::io::{self, Write};

use podfs_sync::verify::Verification;
use serde::Serialize;

use super::console::print_failure;
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<&'a Verification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    exit: u8,
}

/// Prints what was found, and gives the exit code that goes with it.
pub(crate) fn print_verification(found: &Verification, format: Format) -> io::Result<Exit> {
    let exit = if found.wrong == 0 { Exit::Done } else { Exit::Failed };
    let mut out = io::stdout().lock();
    match format {
        Format::Json => {
            let document = Document { verification: Some(found), error: None, exit: exit.number() };
            writeln!(out, "{}", serde_json::to_string(&document)?)?;
        }
        Format::Text => {
            for line in lines(found) {
                writeln!(out, "{line}")?;
            }
        }
    }
    out.flush().map(|()| exit)
}

/// Tells why nothing could be looked at.
pub(crate) fn print_verification_failure(failure: &Failure, format: Format) -> io::Result<()> {
    print_failure(failure);
    if format == Format::Text {
        return Ok(());
    }
    let error = Some(failure.to_string());
    let document = Document { verification: None, error, exit: failure.exit.number() };
    writeln!(io::stdout(), "{}", serde_json::to_string(&document)?)
}

/// What other programs did is met by a sync that lists the remote.
const MENDING: &str = "a sync from where the files are makes it good again: sync-to-remote --list-every 0s";

fn lines(found: &Verification) -> Vec<String> {
    let mut lines: Vec<String> = found
        .findings
        .iter()
        .map(|finding| match &finding.detail {
            Some(detail) => format!("{}: {} ({detail})", finding.path, finding.fault.sentence()),
            None => format!("{}: {}", finding.path, finding.fault.sentence()),
        })
        .collect();
    let more = found.wrong.saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    if !found.flushed {
        lines.push("the last sync to this remote has not ended well".to_owned());
    }
    lines.push(format!(
        "{} good, {} wrong, {} read back, {} without a hash",
        found.good, found.wrong, found.read, found.without_hash
    ));
    if found.wrong > 0 {
        lines.push(MENDING.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use podfs_sync::verify::{Fault, Finding};

    use super::*;

    #[test]
    fn each_finding_is_a_line_and_the_last_one_counts() {
        let findings = vec![Finding { path: "a".to_owned(), fault: Fault::Missing, detail: None }];
        let found = Verification { wrong: 3, good: 7, findings, flushed: true, ..Verification::default() };
        let expected = [
            "a: the manifest knows it, but it is not there",
            "and 2 more",
            "7 good, 3 wrong, 0 read back, 0 without a hash",
            MENDING,
        ];
        assert_eq!(lines(&found), expected);
    }
}
