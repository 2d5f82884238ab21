//! The last line of a run, and what stands below it when something was left out or went wrong.

use std::collections::BTreeMap;

use indicatif::HumanBytes;
use podfs_sync::local::SkippedKind;
use podfs_sync::plan::Totals;
use podfs_sync::{Report, Verdict};

/// So many of each kind.
pub(super) type Skipped = BTreeMap<SkippedKind, u64>;

/// How many failures are listed; the rest is counted.
const SHOWN_FAILURES: usize = 10;

/// `copied 3 files (1.2 KiB), deleted 0, unchanged 17, unreadable 0; 0.4 s, 5 requests`
pub(super) fn line(report: &Report) -> String {
    let mut line = format!(
        "copied {} ({}), deleted {}{}, unchanged {}, unreadable {}",
        counted(report.copied, "file"),
        HumanBytes(report.bytes),
        report.deleted,
        held_back(report),
        report.unchanged,
        report.unreadable
    );
    if report.attributes > 0 {
        line.push_str(&format!(", attributes {}", report.attributes));
    }
    if report.kept_local_changes > 0 {
        line.push_str(&format!(", kept local changes {}", report.kept_local_changes));
    }
    if report.conflicts > 0 {
        line.push_str(&format!(", conflicts {}", report.conflicts));
    }
    if report.unsupported_names > 0 {
        line.push_str(&format!(", unsupported names {}", report.unsupported_names));
    }
    if report.vanished > 0 {
        line.push_str(&format!(", vanished {}", report.vanished));
    }
    if report.failed > 0 {
        line.push_str(&format!(", failed {}", report.failed));
    }
    line.push_str(&format!("; {:.1} s", report.seconds.as_secs_f64()));
    if let Some(requests) = report.requests {
        line.push_str(&format!(", {}", counted(requests, "request")));
    }
    line
}

fn held_back(report: &Report) -> String {
    match report.deletes_held_back {
        0 => String::new(),
        deletes => format!(" ({deletes} held back)"),
    }
}

/// What was not done although nothing failed by itself, one item a line; mostly nothing.
pub(super) fn left_out(report: &Report) -> Vec<String> {
    let mut lines = skipped(&report.skipped);
    let losses = report.losses.iter();
    lines.extend(losses.map(|(loss, count)| format!("not given back: {}", loss.counted(count))));
    if report.conflicts > 0 {
        lines.push(
            "conflicts were changed here and on the remote, and stay as they are; --overwrite-local takes the remote's \
             version of everything, and a sync with --overwrite-remote sends the local one"
                .to_owned(),
        );
    }
    if report.deletes_held_back > 0 {
        let deletes = counted(report.deletes_held_back, "delete");
        let why = match report.verdict() {
            Verdict::Partial => {
                "files may have had these names that could not be copied under their new ones"
            }
            _ => "something before failed or was given up",
        };
        lines.push(format!("{deletes} held back, because {why}"));
    }
    lines
}

/// What a mirror cannot hold, one kind a line.
pub(super) fn skipped(skipped: &Skipped) -> Vec<String> {
    let skipped = skipped.iter().filter(|(_, count)| **count > 0);
    skipped
        .map(|(kind, count)| format!("left out, because a mirror cannot hold them: {}", kind.counted(*count)))
        .collect()
}

/// The first failures, one a line, and how many there are more.
pub(super) fn failures(report: &Report) -> Vec<String> {
    let listed = report.failures.iter().take(SHOWN_FAILURES);
    let more = (report.failed + report.conflicts + report.unreadable + report.unsupported_names)
        .saturating_sub(listed.len() as u64);
    let rest = (more > 0 && !report.failures.is_empty()).then(|| format!("and {more} more"));
    listed.map(|failure| format!("{}: {}", failure.path, failure.error)).chain(rest).collect()
}

/// One word for logs.
pub(super) const fn verdict(report: &Report) -> &'static str {
    match report.verdict() {
        Verdict::Done => "done",
        Verdict::Partial => "done but for files that could not be synced",
        Verdict::Failed => "not done",
    }
}

/// The last line of a dry run.
pub(super) fn totals(totals: &Totals) -> String {
    let mut line = format!(
        "would copy {} ({}), delete {}, change attributes of {}, leave {} unchanged",
        counted(totals.copies, "file"),
        HumanBytes(totals.bytes),
        totals.deletes,
        totals.attributes,
        totals.unchanged
    );
    if totals.kept > 0 {
        line.push_str(&format!(", keep {}", counted(totals.kept, "local change")));
    }
    if totals.conflicts > 0 {
        line.push_str(&format!(", leave {}", counted(totals.conflicts, "conflict")));
    }
    line
}

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use podfs_sync::{Failure, FailureKind};

    use super::*;

    #[test]
    fn one_line_says_it_all() {
        let report = Report {
            copied: 1,
            bytes: 2048,
            deleted: 2,
            unchanged: 3,
            requests: Some(9),
            seconds: Duration::from_millis(1_250),
            ..Report::default()
        };
        assert_eq!(
            line(&report),
            "copied 1 file (2.00 KiB), deleted 2, unchanged 3, unreadable 0; 1.2 s, 9 requests"
        );
        assert!(left_out(&report).is_empty() && failures(&report).is_empty());
    }

    #[test]
    fn what_was_kept_and_what_is_in_conflict_is_said() {
        let conflict =
            Failure { path: "both".into(), error: "changed twice".into(), kind: FailureKind::Conflict };
        let report =
            Report { kept_local_changes: 2, conflicts: 12, failures: vec![conflict], ..Report::default() };
        assert!(
            line(&report).contains("unreadable 0, kept local changes 2, conflicts 12;"),
            "{}",
            line(&report)
        );
        assert!(left_out(&report)[0].contains("--overwrite-local"));
        assert_eq!(failures(&report), ["both: changed twice", "and 11 more"]);
        let planned = Totals { kept: 1, conflicts: 2, ..Totals::default() };
        assert!(totals(&planned).ends_with("unchanged, keep 1 local change, leave 2 conflicts"));
    }

    #[test]
    fn a_delete_that_waits_for_a_file_is_told_as_that() {
        let report = Report { unreadable: 1, deletes_held_back: 2, ..Report::default() };
        let expected = "2 deletes held back, because files may have had these names that could not be copied under their new ones";
        assert_eq!(left_out(&report), [expected]);
        assert_eq!(verdict(&report), "done but for files that could not be synced");
    }

    #[test]
    fn failures_are_listed_up_to_a_point() {
        let failure = |number: u32| Failure {
            path: format!("f{number}"),
            error: "no".into(),
            kind: FailureKind::Failed,
        };
        let report = Report {
            failed: 1_500,
            unreadable: 2,
            unsupported_names: 3,
            deletes_held_back: 1,
            failures: (0..1_000).map(failure).collect(),
            skipped: [
                (SkippedKind::SymbolicLink, 3),
                (SkippedKind::Special, 0),
                (SkippedKind::LostAndFound, 1),
            ]
            .into(),
            ..Report::default()
        };
        assert_eq!(
            left_out(&report),
            [
                "left out, because a mirror cannot hold them: 3 symbolic links",
                "left out, because a mirror cannot hold them: 1 lost+found folder",
                "1 delete held back, because something before failed or was given up"
            ]
        );
        let failures = failures(&report);
        assert_eq!(failures.len(), SHOWN_FAILURES + 1);
        assert_eq!(failures[0], "f0: no");
        assert_eq!(failures.last().unwrap(), "and 1495 more");
        assert!(line(&report).contains("unreadable 2, unsupported names 3, failed 1500;"));
        assert!(line(&report).contains("deleted 0 (1 held back), unchanged 0, unreadable 2"));
    }
}
