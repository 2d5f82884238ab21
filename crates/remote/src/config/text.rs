//! Writes a configuration so that stock rclone reads back the very same values.

use super::error::ConfigError;
use super::parse::has_expansion;
use super::section::{RcloneConfig, Section};

/// First line of each file that we write; see [`is_ours`].
pub(super) const MARK: &str =
    "# Written by podfs from the environment and flags: changes made here are lost.";

/// Whether this text was rendered by us and may be replaced.
pub(super) fn is_ours(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').next() == Some(MARK.as_bytes())
}

/// Renders the file.
///
/// # Errors
/// [`ConfigError::BadKey`] and [`ConfigError::BadValue`] for what no rclone.conf can hold.
pub(super) fn to_text(config: &RcloneConfig) -> Result<String, ConfigError> {
    let mut text = format!("{MARK}\n");
    for section in config.sections() {
        text.push_str(&format!("\n[{}]\n", section.name()));
        for (key, value) in section.entries() {
            text.push_str(&line(section, key, value)?);
        }
    }
    Ok(text)
}

fn line(section: &Section, key: &str, value: &str) -> Result<String, ConfigError> {
    let origin = || format!("[{}] {key}", section.name());
    if !is_usable_key(key) {
        return Err(ConfigError::BadKey { origin: origin(), key: key.to_owned() });
    }
    if let Some(reason) = unusable_value(value) {
        return Err(ConfigError::BadValue { origin: origin(), reason });
    }
    let quote = if needs_quotes(value) { "`" } else { "" };
    Ok(format!("{key} = {quote}{value}{quote}\n"))
}

/// Letters, digits, and `_ . -` after the first place: no rclone key has more.
pub(super) fn is_usable_key(key: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    key.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) && key.bytes().all(inner)
}

/// Why rclone could not read this value back.
pub(super) fn unusable_value(value: &str) -> Option<&'static str> {
    if value.contains(['\n', '\r']) {
        Some("has a line break in it")
    } else if value.contains('\0') {
        Some("has a NUL byte in it")
    } else if has_expansion(value) {
        Some("has %(…)s in it, which rclone would expand")
    } else {
        None
    }
}

/// rclone trims values and takes a leading `` ` `` or `"""` for a quotation mark. In back quotes, up to the last one,
/// everything is kept.
fn needs_quotes(value: &str) -> bool {
    value.trim() != value || value.starts_with('`') || value.starts_with("\"\"\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse::parse;
    use proptest::prelude::*;
    use std::path::Path;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_rendered_reads_back(
            entries in prop::collection::btree_map("[a-z0-9][a-z0-9_.-]{0,8}", "[ \t`\"=:#;%()s\\[\\]\\\\\\PC\u{a0}]{0,12}", 0..8),
        ) {
            let mut config = RcloneConfig::default();
            for (key, value) in entries {
                config.section_mut("remote").set(key, value);
            }
            match to_text(&config) {
                Ok(text) => {
                    let read = parse(Path::new("f"), text.as_bytes()).unwrap();
                    prop_assert_eq!(format!("{config:?}"), format!("{read:?}"));
                    prop_assert!(read == config, "values differ");
                    prop_assert!(is_ours(text.as_bytes()));
                }
                Err(error) => prop_assert!(error.to_string().contains("%(…)s"), "{}", error),
            }
        }
    }

    #[test]
    fn refuses_what_no_file_can_hold() {
        for value in ["a\nb", "a\rb", "a\0b", "%(x)s"] {
            let mut config = RcloneConfig::default();
            config.section_mut("remote").set("secret_access_key", value);
            let error = to_text(&config).unwrap_err().to_string();
            assert!(error.starts_with("[remote] secret_access_key: the value has "), "{error}");
        }
        for key in ["", "-", "#x", "a b", "a=b", "[a]", "é"] {
            let mut config = RcloneConfig::default();
            config.section_mut("remote").set(key, "v");
            assert!(matches!(to_text(&config), Err(ConfigError::BadKey { .. })), "{key}");
        }
    }
}
