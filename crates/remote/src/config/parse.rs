//! Reads the text of an rclone.conf with rclone's rules.
//!
//! The rules are those of goconfig, which rclone uses, as seen in `rclone config dump` of 1.75.2; rust-ini differs in
//! quoting, in `- = value` and in what it calls an error:
//! - a byte order mark, blank lines, and lines that start with `#` or `;` do not count;
//! - `[name]` opens a section; a section that comes twice is one; keys before any section belong to `DEFAULT`;
//! - a key ends at the first `=` or `:`; a key in `"…"`, `` `…` `` or `"""…"""` may hold these;
//! - a value is the trimmed rest of the line: `#` and `;` in it are part of it; one that starts with `` ` `` or `"""`
//!   ends at the last such mark, and what follows is dropped; single `"` are ordinary;
//! - the last of two equal keys counts; a key `-` becomes `#1`, `#2`, …

use std::path::Path;

use super::error::ConfigError;
use super::section::RcloneConfig;

const TRIPLE: &str = "\"\"\"";

/// Reads the text of an rclone.conf; `path` is for messages only.
///
/// # Errors
/// [`ConfigError::Syntax`] with the line where rclone would stop too, or with a value in which rclone would expand
/// `%(name)s` (we do not); [`ConfigError::EncryptedFile`].
pub fn parse(path: &Path, text: &[u8]) -> Result<RcloneConfig, ConfigError> {
    let mut reader = Reader { config: RcloneConfig::default(), section: "DEFAULT".to_owned(), dashes: 0 };
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let syntax = |reason| ConfigError::Syntax { path: path.to_owned(), line: index + 1, reason };
        let line = str::from_utf8(line).map_err(|_| syntax("not UTF-8 text"))?.trim();
        if line.starts_with("RCLONE_ENCRYPT_V") && reader.config.sections().is_empty() {
            return Err(ConfigError::EncryptedFile { path: path.to_owned() });
        }
        reader.take(line).map_err(syntax)?;
    }
    Ok(reader.config)
}

/// The line, from 1, of a key that stands before any section; for a text that [`parse`] takes.
pub(super) fn line_of_lone_key(text: &[u8]) -> Option<usize> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).enumerate();
    let (index, line) =
        lines.find(|(_, line)| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b";"))?;
    (!line.starts_with(b"[")).then_some(index + 1)
}

struct Reader {
    config: RcloneConfig,
    section: String,
    dashes: usize,
}

impl Reader {
    fn take(&mut self, line: &str) -> Result<(), &'static str> {
        if line.is_empty() || line.starts_with(['#', ';']) {
            return Ok(());
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            self.open(name.trim());
            return Ok(());
        }
        if self.section.is_empty() {
            return Err("a key in a section without a name");
        }
        let (key, rest) = split_key(line)?;
        let value = unquote_value(rest.trim())?;
        if has_expansion(value) {
            return Err("the value holds %(name)s, which rclone would expand: write the expanded value");
        }
        let key = if key == "-" { self.next_dash() } else { key.to_owned() };
        // A key in quotation marks can be empty; rclone drops it.
        if !key.is_empty() {
            self.config.section_mut(&self.section).set(key, value);
        }
        Ok(())
    }

    fn open(&mut self, name: &str) {
        name.clone_into(&mut self.section);
        self.dashes = 0;
        if !name.is_empty() {
            self.config.section_mut(name);
        }
    }

    fn next_dash(&mut self) -> String {
        self.dashes += 1;
        format!("#{}", self.dashes)
    }
}

/// The key, and what follows its `=` or `:`.
fn split_key(line: &str) -> Result<(&str, &str), &'static str> {
    const NO_KEY: &str = "neither a [section], a comment nor `key = value`";
    let quote = [TRIPLE, "\"", "`"].into_iter().find(|quote| line.starts_with(quote));
    if let Some(quote) = quote {
        let inside = line.strip_prefix(quote).unwrap_or(line);
        let (key, rest) =
            inside.split_once(quote).ok_or("the quotation mark before the key is not closed")?;
        let (_, rest) = rest.split_once(['=', ':']).ok_or(NO_KEY)?;
        return Ok((key, rest));
    }
    let (key, rest) = line.split_once(['=', ':']).ok_or(NO_KEY)?;
    if key.is_empty() { Err(NO_KEY) } else { Ok((key.trim(), rest)) }
}

fn unquote_value(value: &str) -> Result<&str, &'static str> {
    for quote in [TRIPLE, "`"] {
        // Shorter than two marks, it is an ordinary value to rclone.
        if let Some(inside) = value.strip_prefix(quote)
            && value.len() >= 2 * quote.len()
        {
            let end = inside.rfind(quote).ok_or("the quotation mark before the value is not closed")?;
            return Ok(inside.get(..end).unwrap_or(inside));
        }
    }
    Ok(value)
}

/// Whether goconfig would take a part of this value for the name of another key.
pub(super) fn has_expansion(value: &str) -> bool {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once("%(") {
        if let Some((name, tail)) = after.split_once(')')
            && !name.is_empty()
            && tail.starts_with('s')
        {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
