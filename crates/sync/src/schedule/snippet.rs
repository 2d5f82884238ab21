//! Shows an expression with carets under one part of it.

use std::ops::Range;

const INDENT: &str = "  ";

/// Two lines, each started by a line break: the expression, and carets under `span`. Nothing for a blank
/// expression.
pub(super) fn pointing_at(expression: &str, span: &Range<usize>) -> String {
    let shown = expression.trim_end();
    if shown.is_empty() {
        return String::new();
    }
    let before = columns_up_to(shown, span.start);
    let carets = columns_up_to(shown, span.end).saturating_sub(before).max(1);
    // An empty part at the very end still gets its caret, under the last character.
    let before = before.min(columns_up_to(shown, shown.len()).saturating_sub(carets));
    format!("\n{INDENT}{}\n{INDENT}{}{}", one_line(shown), " ".repeat(before), "^".repeat(carets))
}

/// How many characters stand in front of a byte position.
fn columns_up_to(text: &str, position: usize) -> usize {
    text.char_indices().take_while(|(start, _)| *start < position).count()
}

/// Line breaks and other control characters would tear the carets away from what they point at.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_the_part() {
        assert_eq!(pointing_at("61 * * * *", &(0..2)), "\n  61 * * * *\n  ^^");
        assert_eq!(pointing_at("* 24 * * *", &(2..4)), "\n  * 24 * * *\n    ^^");
    }

    #[test]
    fn characters_count_not_bytes() {
        assert_eq!(pointing_at("é ü *", &(3..5)), "\n  é ü *\n    ^");
    }

    #[test]
    fn line_breaks_and_tabs_become_spaces() {
        assert_eq!(pointing_at("\t1\n2\n", &(3..4)), "\n   1 2\n     ^");
    }

    #[test]
    fn an_empty_part_at_the_end_stays_within_the_line() {
        assert_eq!(pointing_at("5-", &(2..2)), "\n  5-\n   ^");
    }

    #[test]
    fn a_blank_expression_shows_nothing() {
        assert_eq!(pointing_at(" \n ", &(0..3)), "");
    }
}
