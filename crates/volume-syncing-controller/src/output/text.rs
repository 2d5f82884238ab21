//! One run for people: the steps of a dry run, and the summary.

use std::io::{self, Write};

use podfs_sync::plan::{Step, Totals};
use podfs_sync::{Failure, Report};

use super::summary::{self, Skipped};

/// Each step with its reason on a line of its own, then what will not work or is left out, then what it comes to.
pub(super) fn dry_run(
    out: &mut impl Write,
    totals: &Totals,
    steps: impl Iterator<Item = io::Result<Step>>,
    failures: &[Failure],
    skipped: &Skipped,
) -> io::Result<()> {
    for step in steps {
        writeln!(out, "{}", step?)?;
    }
    for failure in failures {
        writeln!(out, "cannot sync {}: {}", failure.path, failure.error)?;
    }
    for remark in summary::skipped(skipped) {
        writeln!(out, "{remark}")?;
    }
    writeln!(out, "{}", summary::totals(totals))?;
    out.flush()
}

/// The summary as the last lines on a terminal.
pub(super) fn result(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out, "{}", summary::line(report))?;
    for remark in summary::left_out(report).into_iter().chain(summary::failures(report)) {
        writeln!(out, "  {remark}")?;
    }
    out.flush()
}

/// The summary as a log line, with its numbers as fields where a program will read them. Failures were logged one by
/// one as they happened.
pub(super) fn log_result(report: &Report, json: bool) {
    let verdict = summary::verdict(report);
    if json {
        tracing::info!(
            copied = report.copied,
            bytes = report.bytes,
            deleted = report.deleted,
            unchanged = report.unchanged,
            unreadable = report.unreadable,
            kept_local_changes = report.kept_local_changes,
            conflicts = report.conflicts,
            unsupported_names = report.unsupported_names,
            vanished = report.vanished,
            failed = report.failed,
            deletes_held_back = report.deletes_held_back,
            requests = report.requests,
            seconds = report.seconds.as_secs_f64(),
            "{verdict}"
        );
    } else {
        tracing::info!("{verdict}: {}", summary::line(report));
    }
    for remark in summary::left_out(report) {
        tracing::info!("{remark}");
    }
}

#[cfg(test)]
mod tests {
    use podfs_sync::local::SkippedKind;
    use podfs_sync::plan::{DeleteReason, Victim};
    use podfs_sync::{FailureKind, RelativePath};

    use super::*;

    #[test]
    fn a_dry_run_has_one_line_a_step_and_one_for_the_whole() {
        let path = RelativePath::parse("a\nb").unwrap();
        let steps = [Ok(Step::Delete { path, victim: Victim::File, reason: DeleteReason::Gone })];
        let failure = Failure { path: "c".into(), error: "no".into(), kind: FailureKind::Unreadable };
        let skipped = [(SkippedKind::SymbolicLink, 1)].into();
        let mut out = Vec::new();
        let totals = Totals { deletes: 1, unchanged: 4, ..Totals::default() };
        dry_run(&mut out, &totals, steps.into_iter(), &[failure], &skipped).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "delete a\\x0ab (gone)\ncannot sync c: no\n\
             left out, because a mirror cannot hold them: 1 symbolic link\n\
             would copy 0 files (0 B), delete 1, change attributes of 0, leave 4 unchanged\n"
        );
    }
}
