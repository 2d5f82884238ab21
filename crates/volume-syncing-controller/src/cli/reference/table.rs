//! Rows of Markdown tables.

use std::fmt::Write as _;

/// Adds a row whose cells read as they are written, whatever characters they hold.
pub(super) fn row(page: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

/// A `|` would end the cell, in code too; a `<` would begin a tag, but not in code, which shows all else literally.
fn escaped(cell: &str) -> String {
    let parts = cell.split('`').enumerate();
    let parts =
        parts.map(|(index, part)| if index % 2 == 0 { part.replace('<', "&lt;") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_would_be_markup_is_escaped_and_code_is_not() {
        let mut page = String::new();
        super::row(&mut page, &["wins over REMOTE_<KEY>", "`REMOTE_<KEY>`, or <KEY> and `<N|N%>`"]);
        assert_eq!(page, "| wins over REMOTE_&lt;KEY> | `REMOTE_<KEY>`, or &lt;KEY> and `<N\\|N%>` |\n");
    }
}
