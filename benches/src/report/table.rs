//! A scenario's table, with columns that line up so that it can be read as plain text too.

use crate::contestant::Contestant;
use crate::results::{Entry, Results};

const COLUMNS: usize = 10;

type Row = [String; COLUMNS];

/// One row for each contestant.
pub(super) fn table(results: &Results) -> String {
    let mut rows = vec![heads(results)];
    rows.extend(results.entries.iter().map(|entry| row(entry, results)));
    let widths = widths(&rows);
    let mut lines: Vec<String> = rows.iter().map(|row| line(row, &widths)).collect();
    lines.insert(1, rule(&widths));
    lines.join("\n") + "\n"
}

fn heads(results: &Results) -> Row {
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
        if results.scenario.is_beside_plain() { "wall / ours-plain" } else { "wall / best other" },
    ]
    .map(str::to_owned)
}

fn row(entry: &Entry, results: &Results) -> Row {
    let rclone = results.of(Contestant::Rclone);
    let per_file = if results.files > 1 { ratio(entry.requests(), Some(results.files as f64)) } else { None };
    let beside = if results.scenario.is_beside_plain() { results.plain() } else { results.best_other() };
    [
        name(entry),
        text(entry.wall(), 2),
        entry.wall_range().map_or_else(none, |(least, most)| format!("{least:.2}–{most:.2}")),
        text(entry.cpu(), 2),
        text(entry.requests(), 0),
        text(per_file, 3),
        text(entry.peak_mib(), 1),
        text(ratio(entry.wall(), rclone.and_then(Entry::wall)), 2),
        text(ratio(entry.cpu(), rclone.and_then(Entry::cpu)), 2),
        text(ratio(entry.wall(), beside), 2),
    ]
}

/// A row whose figures come from fewer runs than the others' says so.
fn name(entry: &Entry) -> String {
    match entry.failures.len() {
        0 => entry.contestant.to_string(),
        failed => format!("{} ({failed} FAILED)", entry.contestant),
    }
}

fn ratio(value: Option<f64>, to: Option<f64>) -> Option<f64> {
    to.filter(|to| *to > 0.0).and_then(|to| Some(value? / to))
}

fn text(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(none, |value| format!("{value:.digits$}"))
}

fn none() -> String {
    "-".to_owned()
}

fn widths(rows: &[Row]) -> Vec<usize> {
    let mut widths = vec![0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

fn line(row: &Row, widths: &[usize]) -> String {
    let mut cells = row.iter().zip(widths);
    let first = cells.next().map(|(cell, width)| format!("{cell:<width$}"));
    let rest = cells.map(|(cell, width)| format!("{cell:>width$}"));
    format!("| {} |", first.into_iter().chain(rest).collect::<Vec<_>>().join(" | "))
}

/// The line below the heads: names to the left, figures to the right.
fn rule(widths: &[usize]) -> String {
    let column = |(index, width): (usize, &usize)| match index {
        0 => "-".repeat(width + 2),
        _ => format!("{}:", "-".repeat(width + 1)),
    };
    let columns: Vec<String> = widths.iter().enumerate().map(column).collect();
    format!("|{}|", columns.join("|"))
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
        let last = |line: &str| line.split('|').nth(COLUMNS).map(|cell| cell.trim().to_owned());
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
        let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }
}
