//! The table of a scenario with turns.

use super::columns::{columns, range, ratio, text};
use crate::contestant::Contestant;
use crate::results::{Entry, Results};

/// One row for each contestant.
pub(super) fn table(results: &Results) -> String {
    let mut rows = vec![heads(results)];
    rows.extend(results.entries.iter().map(|entry| row(entry, results)));
    columns(&rows)
}

fn heads(results: &Results) -> Vec<String> {
    let beside = results.scenario.beside().map_or_else(|| "best other".to_owned(), |who| who.to_string());
    [
        "contestant",
        "wall s",
        "min–max",
        "CPU s",
        "requests",
        "a file",
        "peak RSS MiB",
        "wall / rclone",
        "CPU / rclone",
        &format!("wall / {beside}"),
    ]
    .map(str::to_owned)
    .into()
}

fn row(entry: &Entry, results: &Results) -> Vec<String> {
    let rclone = results.of(Contestant::Rclone);
    let per_file = if results.files > 1 { ratio(entry.requests(), Some(results.files as f64)) } else { None };
    [
        name(entry),
        text(entry.wall(), 2),
        range(entry.wall_range()),
        text(entry.cpu(), 2),
        text(entry.requests(), 0),
        text(per_file, 3),
        text(entry.peak_mib(), 1),
        text(ratio(entry.wall(), rclone.and_then(Entry::wall)), 2),
        text(ratio(entry.cpu(), rclone.and_then(Entry::cpu)), 2),
        text(ratio(entry.wall(), results.beside()), 2),
    ]
    .into()
}

/// A row whose figures come from fewer runs than the others' says so.
fn name(entry: &Entry) -> String {
    match entry.failures.len() {
        0 => entry.contestant.to_string(),
        failed => format!("{} ({failed} FAILED)", entry.contestant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{entry, results};
    use crate::scenario::Scenario;

    #[test]
    fn small_encrypted_files_stand_beside_our_own_plain_run() {
        let entries = [(Contestant::Ours, 300), (Contestant::OursPlain, 200), (Contestant::Rclone, 600)];
        let entries = entries.map(|(contestant, wall)| entry(contestant, &[wall])).into();
        let text = table(&results(Scenario::CryptSmallUp, entries));
        let last = |line: &str| line.split('|').nth(10).map(|cell| cell.trim().to_owned());
        let column: Vec<String> =
            text.lines().filter_map(last).filter(|cell| !cell.starts_with('-')).collect();
        assert_eq!(column, ["wall / ours-plain", "1.50", "1.00", "3.00"]);
    }

    #[test]
    fn figures_and_ratios_stand_in_columns() {
        let ours = entry(Contestant::Ours, &[400, 500, 700]);
        let mut s5cmd = entry(Contestant::S5cmd, &[]);
        s5cmd.failures.push("broken".to_owned());
        let entries = vec![ours, entry(Contestant::Rclone, &[1000]), s5cmd];
        let text = table(&results(Scenario::FirstSync, entries));
        let lines: Vec<String> = text.lines().map(|line| line.replace(' ', "")).collect();
        assert_eq!(lines[2], "|ours|0.50|0.40–0.70|0.05|200|1.000|32.0|0.50|0.50|0.50|");
        assert_eq!(lines[3], "|rclone|1.00|1.00–1.00|0.10|200|1.000|32.0|1.00|1.00|1.00|");
        assert_eq!(lines[4], "|s5cmd(1FAILED)|-|-|-|200|1.000|-|-|-|-|");
    }
}
