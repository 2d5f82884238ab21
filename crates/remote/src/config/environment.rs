//! From environment and flags to a configuration: `REMOTE_<KEY>`, `ENCRYPTED_<KEY>`, `-p` and `-e`.

use std::ffi::{OsStr, OsString};

use super::error::ConfigError;
use super::kubernetes::is_service_variable;
use super::section::{ENCRYPTED, REMOTE, RcloneConfig, Section};
use super::text::{is_usable_key, unusable_value};

/// What came of the environment and the flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The configuration.
    pub config: RcloneConfig,
    /// Variables that start like ours and were left out (made by Kubernetes for a Service, or without a usable key):
    /// names only, for a log line.
    pub left_out: Vec<String>,
}

/// Builds `[remote]` from `REMOTE_<KEY>` and `-p`, and `[remote_encrypted]` from `ENCRYPTED_<KEY>` and `-e`.
///
/// Keys become lower case. Flags win over the environment. An empty variable counts as unset, as rclone takes empty
/// values; an empty flag (`-p key=`) unsets the variable. White space around a value is dropped, as rclone would do
/// when it reads the file: a Secret made with a plain `echo` ends in a line feed.
///
/// # Errors
/// [`ConfigError`] for a missing `type`, a flag that is not `key=value`, a key or value that rclone.conf cannot hold,
/// a variable of ours that is not UTF-8.
pub fn render(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    parameters: &[String],
    encrypted_parameters: &[String],
) -> Result<Rendered, ConfigError> {
    let mut left_out = Vec::new();
    let variables = ours(environment, &mut left_out)?;
    let mut remote = section_of(REMOTE, "REMOTE_", &variables, "-p", parameters)?;
    let mut encrypted = section_of(ENCRYPTED, "ENCRYPTED_", &variables, "-e", encrypted_parameters)?;
    if !encrypted.is_empty() {
        complete_encrypted(&mut encrypted)?;
    }
    if remote.kind().is_none() && needs_remote(&remote, &encrypted) {
        return Err(ConfigError::TypeMissing);
    }
    remote.move_to_front("type");
    let mut config = RcloneConfig::default();
    for section in [remote, encrypted].into_iter().filter(|section| !section.is_empty()) {
        config.push(section);
    }
    Ok(Rendered { config, left_out })
}

/// Our variables in a fixed order, upper case names last so that `REMOTE_X` wins over `REMOTE_x`.
fn ours(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    left_out: &mut Vec<String>,
) -> Result<Vec<(String, String)>, ConfigError> {
    let mut kept = Vec::new();
    for (name, value) in environment {
        let Some((name, key)) = name.to_str().and_then(|name| Some((name, key_of(name)?))) else { continue };
        let value = text_of(name, &value)?;
        if value.is_empty() {
            continue;
        }
        if is_usable_key(key) && !is_service_variable(key, value) {
            kept.push((name.to_owned(), value.to_owned()));
        } else {
            left_out.push(name.to_owned());
        }
    }
    kept.sort_by(|left, right| right.0.cmp(&left.0));
    left_out.sort();
    Ok(kept)
}

fn key_of(name: &str) -> Option<&str> {
    name.strip_prefix("REMOTE_").or_else(|| name.strip_prefix("ENCRYPTED_"))
}

fn text_of<'a>(name: &str, value: &'a OsStr) -> Result<&'a str, ConfigError> {
    value.to_str().map(str::trim).ok_or_else(|| ConfigError::NotUnicode { variable: name.to_owned() })
}

fn section_of(
    name: &str,
    prefix: &str,
    variables: &[(String, String)],
    flag: &'static str,
    parameters: &[String],
) -> Result<Section, ConfigError> {
    let mut section = Section::new(name);
    for (variable, value) in variables {
        if let Some(key) = variable.strip_prefix(prefix) {
            set(&mut section, variable.clone(), key, value)?;
        }
    }
    for parameter in parameters {
        let (key, value) = split_parameter(flag, parameter)?;
        let origin = format!("{flag} {key}=…");
        if !is_usable_key(key) {
            return Err(ConfigError::BadKey { origin, key: key.to_owned() });
        }
        set(&mut section, origin, key, value)?;
    }
    Ok(section)
}

fn set(section: &mut Section, origin: String, key: &str, value: &str) -> Result<(), ConfigError> {
    if let Some(reason) = unusable_value(value) {
        return Err(ConfigError::BadValue { origin, reason });
    }
    section.set(key.to_ascii_lowercase(), value);
    Ok(())
}

fn split_parameter<'a>(flag: &'static str, parameter: &'a str) -> Result<(&'a str, &'a str), ConfigError> {
    match parameter.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim(), value.trim())),
        Some(_) => Err(ConfigError::BadParameter { flag, shown: "=…".to_owned() }),
        // Without `=` we cannot tell a key from a secret.
        None => Err(ConfigError::BadParameter { flag, shown: "…".to_owned() }),
    }
}

fn complete_encrypted(encrypted: &mut Section) -> Result<(), ConfigError> {
    if encrypted.kind().is_some_and(|kind| kind != "crypt") {
        return Err(ConfigError::EncryptedType);
    }
    encrypted.set("type", "crypt");
    encrypted.move_to_front("type");
    if encrypted.get("remote").is_none() { Err(ConfigError::EncryptedRemoteMissing) } else { Ok(()) }
}

/// Whether `[remote]` is used: always, unless only encryption is configured and it stands on another remote.
fn needs_remote(remote: &Section, encrypted: &Section) -> bool {
    let stands_on = encrypted.get("remote").unwrap_or("remote:");
    !remote.is_empty() || stands_on.starts_with("remote:")
}

/// Variables by which rclone itself would change this remote behind the configuration: `RCLONE_CONFIG_REMOTE_*` and
/// `RCLONE_<TYPE>_*`. Any of them is a reason not to sync natively. Names only, sorted.
#[must_use]
pub fn overrides_of_rclone<'a>(names: impl IntoIterator<Item = &'a str>, section: &Section) -> Vec<String> {
    let upper = |text: &str| text.to_ascii_uppercase().replace([' ', '-'], "_");
    let of_section = format!("RCLONE_CONFIG_{}_", upper(section.name()));
    let of_kind = format!("RCLONE_{}_", upper(section.kind().unwrap_or("")));
    let mut found: Vec<String> = names
        .into_iter()
        .filter(|name| name.starts_with(&of_section) || name.starts_with(&of_kind))
        .map(str::to_owned)
        .collect();
    found.sort();
    found
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
