//! What a template may not do: keep or multiply values.
//!
//! minijinja counts steps, not bytes. A few steps that double a text again and again would take all memory there is.
//! Without statements that keep a value (`set`, `with`) and without `*`, what a template can build is bounded by its
//! own length times the longest text of the Pod.

const ALLOWED: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];

/// Refuses such statements and operators, also where they stand in quotes: what is refused need not be understood.
pub(super) fn check(template: &str) -> Result<(), &'static str> {
    for piece in template.split("{%").skip(1) {
        let statement = piece.trim_start_matches(['-', '+']).trim_start();
        let end = statement.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(statement.len());
        if !statement.get(..end).is_some_and(|word| ALLOWED.contains(&word)) {
            return Err("uses a statement other than if and for, which is not allowed here");
        }
    }
    if has_star(template) {
        return Err("uses `*`, which is not allowed here");
    }
    Ok(())
}

/// A star anywhere between the first opening and the last closing mark: where a piece of code ends cannot be told without
/// reading the quotes in it.
fn has_star(template: &str) -> bool {
    let first = [template.find("{{"), template.find("{%")].into_iter().flatten().min();
    let last = [template.rfind("}}"), template.rfind("%}")].into_iter().flatten().max();
    match (first, last) {
        (Some(first), Some(last)) => template.get(first..last).is_some_and(|code| code.contains('*')),
        _ => false,
    }
}
