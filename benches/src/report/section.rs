//! Replacing one marked section of a file, so that a document and the figures in it can be kept apart.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes `text` between the markers of a section; a file without them gets them at its end.
pub(super) fn write(file: &Path, name: &str, text: &str) -> Result<()> {
    let before = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    fs::write(file, replaced(&before, name, text)).with_context(|| format!("cannot write {}", file.display()))
}

fn replaced(before: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- bench:{name}:begin -->"), format!("<!-- bench:{name}:end -->"));
    let section = format!("{begin}\n\n{}\n\n{end}", text.trim());
    let parts = before.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    match parts {
        Some((head, tail)) => format!("{head}{section}{tail}"),
        None if before.is_empty() => format!("{section}\n"),
        None => format!("{}\n\n{section}\n", before.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_section_changes() {
        let before = "# Title\n\n<!-- bench:a:begin -->\nold\n<!-- bench:a:end -->\n\nrest\n";
        let after = "# Title\n\n<!-- bench:a:begin -->\n\nnew\n\n<!-- bench:a:end -->\n\nrest\n";
        assert_eq!(replaced(before, "a", "new\n"), after);
        assert_eq!(replaced(after, "a", "new"), after);
    }

    #[test]
    fn a_file_without_the_section_gets_it_at_its_end() {
        let section = "<!-- bench:b:begin -->\n\nnew\n\n<!-- bench:b:end -->\n";
        assert_eq!(replaced("", "b", "new"), section);
        assert_eq!(replaced("text\n", "b", "new"), format!("text\n\n{section}"));
    }
}
