//! Lines for people.

use std::fmt::Write as _;

use super::rows::{Row, State};

const HEADS: [&str; 7] = ["STATE", "VCLUSTER", "POD", "HOST POD", "SINCE", "PATH", "PROBLEM"];

/// A table with a line for each row, and a sum.
pub(super) fn render(rows: &[Row]) -> String {
    let lines: Vec<[String; 7]> =
        std::iter::once(HEADS.map(str::to_owned)).chain(rows.iter().map(cells)).collect();
    let widths: Vec<usize> = (0..HEADS.len())
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max())
        .map(Option::unwrap_or_default)
        .collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    let good = rows.iter().filter(|row| row.state == State::Mounted).count();
    let _ = writeln!(text, "{good} mounted, {} otherwise", rows.len() - good);
    text
}

fn cells(row: &Row) -> [String; 7] {
    let state = format!("{:?}", row.state).to_lowercase();
    let shown = |text: &String| if text.is_empty() { "-".to_owned() } else { text.clone() };
    [
        state,
        shown(&row.vcluster),
        shown(&row.virtual_pod),
        shown(&row.host_pod),
        shown(&row.since),
        shown(&row.path),
        row.problem.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let row = |state, path: &str, problem: &str| Row {
            state,
            vcluster: "blue".into(),
            virtual_pod: String::new(),
            host_pod: "team/web-0".into(),
            since: String::new(),
            path: path.into(),
            problem: problem.into(),
        };
        let rows = [row(State::Mounted, "/to/a", ""), row(State::Waiting, "/to/bb", "the kubelet")];
        let expected = "\
STATE    VCLUSTER  POD  HOST POD    SINCE  PATH    PROBLEM
mounted  blue      -    team/web-0  -      /to/a
waiting  blue      -    team/web-0  -      /to/bb  the kubelet
1 mounted, 1 otherwise
";
        assert_eq!(render(&rows), expected);
    }
}
