//! Tables with columns that line up, so that they can be read as plain text too.

/// The first row holds the heads. The first column holds names, the others figures.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let widths = widths(rows);
    let mut lines: Vec<String> = rows.iter().map(|row| line(row, &widths)).collect();
    lines.insert(1.min(lines.len()), rule(&widths));
    lines.join("\n") + "\n"
}

/// A figure with so many digits after the point; a dash for none.
pub(crate) fn text(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(none, |value| format!("{value:.digits$}"))
}

/// The least and the most.
pub(crate) fn range(values: Option<(f64, f64)>) -> String {
    values.map_or_else(none, |(least, most)| format!("{least:.2}–{most:.2}"))
}

/// How many times as much, where there is something to compare with.
pub(crate) fn ratio(value: Option<f64>, to: Option<f64>) -> Option<f64> {
    to.filter(|to| *to > 0.0).and_then(|to| Some(value? / to))
}

fn none() -> String {
    "-".to_owned()
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let mut widths = vec![0; rows.iter().map(Vec::len).max().unwrap_or_default()];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

fn line(row: &[String], widths: &[usize]) -> String {
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

    #[test]
    fn cells_line_up() {
        let rows = [["name", "s"], ["a–b", "1.25"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows), "| name |    s |\n|------|-----:|\n| a–b  | 1.25 |\n");
    }

    #[test]
    fn what_is_not_known_is_a_dash() {
        assert_eq!([text(None, 2), text(ratio(Some(1.0), Some(0.0)), 2), range(None)], ["-", "-", "-"]);
        assert_eq!(text(ratio(Some(1.0), Some(8.0)), 2), "0.12");
    }
}
