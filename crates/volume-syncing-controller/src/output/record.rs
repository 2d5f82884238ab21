//! The written record of one run, in the format that was asked for.

use std::io::{self, BufWriter, Stdout};

use podfs_sync::{Planned, Report, Verdict};

use super::console::Console;
use super::json::Document;
use super::text;
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;

/// A record that is being written.
pub(crate) struct Record {
    kind: Kind,
    log_json: bool,
    summary_is_logged: bool,
}

enum Kind {
    Text(BufWriter<Stdout>),
    Json(Document<BufWriter<Stdout>>),
}

impl Record {
    pub(super) fn new(console: &Console) -> Self {
        let (log_json, summary_is_logged) = (console.log_json, console.summary_is_logged);
        Self { log_json, summary_is_logged, ..Self::early(console.format) }
    }

    /// For what goes wrong before there is a console.
    pub(crate) fn early(format: Format) -> Self {
        let out = BufWriter::new(io::stdout());
        let kind = match format {
            Format::Text => Kind::Text(out),
            Format::Json => Kind::Json(Document::new(out)),
        };
        Self { kind, log_json: false, summary_is_logged: false }
    }

    /// What is going to be done. People see each step only when nothing else happens, or with -v.
    pub(crate) fn plan(&mut self, planned: &mut Planned, dry_run: bool) -> Result<(), Failure> {
        let totals = planned.totals();
        let (failures, skipped) = (planned.failures().to_vec(), planned.skipped().clone());
        let written = match &mut self.kind {
            Kind::Json(document) => {
                planned.steps().and_then(|steps| document.plan(&totals, steps, &failures, &skipped))
            }
            Kind::Text(out) if dry_run => planned
                .steps()
                .and_then(|steps| text::dry_run(out, &totals, steps, &failures, &skipped))
                .or_else(unless_closed),
            Kind::Text(_) => log_steps(planned),
        };
        written.map_err(|error| Failure::unexpected(format!("cannot write the plan: {error}")))
    }

    /// What was really done.
    pub(crate) fn result(&mut self, report: &Report) -> Result<Exit, Failure> {
        if self.summary_is_logged {
            text::log_result(report, self.log_json);
        }
        let written = match &mut self.kind {
            Kind::Json(document) => document.result(report),
            Kind::Text(out) if !self.summary_is_logged => text::result(out, report).or_else(unless_closed),
            Kind::Text(_) => Ok(()),
        };
        written.map_err(|error| Failure::unexpected(format!("cannot write the result: {error}")))?;
        Ok(match report.verdict() {
            Verdict::Done => Exit::Done,
            Verdict::Partial => Exit::Partial,
            Verdict::Failed => Exit::Failed,
        })
    }

    /// The end, whatever it is.
    pub(crate) fn finish(mut self, outcome: Result<Exit, Failure>) -> Result<Exit, Failure> {
        if let Kind::Json(document) = &mut self.kind {
            let written = match &outcome {
                Ok(exit) => document.end(*exit, None),
                Err(failure) => document.end(failure.exit, Some(&failure.to_string())),
            };
            let exit = outcome?;
            written.map_err(|error| Failure::unexpected(format!("cannot write the result: {error}")))?;
            return Ok(exit);
        }
        outcome
    }
}

fn log_steps(planned: &mut Planned) -> io::Result<()> {
    if tracing::enabled!(tracing::Level::DEBUG) {
        for step in planned.steps()? {
            tracing::debug!("{}", step?);
        }
    }
    Ok(())
}

/// Who reads with `| head` has read enough.
fn unless_closed(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}
