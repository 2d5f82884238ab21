//! `-p key=value` and `-e key=value`: read here and not by clap, because clap repeats a value that it refuses, and this
//! one may be a secret.

use std::ffi::{OsStr, OsString};
use std::fmt;

use crate::failure::Failure;

/// One key of a section of the rclone configuration.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// The key, in lower case as rclone writes it.
    pub(crate) key: String,
    /// The value, which may be a secret.
    pub(crate) value: String,
}

/// Shows the key only.
impl fmt::Debug for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}=…", self.key)
    }
}

/// What was given with a flag, unread. Never shown.
#[derive(Clone)]
pub(crate) struct Given(OsString);

impl fmt::Debug for Given {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// Takes anything, so that clap never has a reason to show it.
pub(super) fn given() -> impl clap::builder::TypedValueParser<Value = Given> {
    use clap::builder::TypedValueParser as _;
    clap::builder::OsStringValueParser::new().map(Given)
}

/// Reads all that was given with `flag`.
pub(super) fn read(flag: &str, all: &[Given]) -> Result<Vec<Parameter>, Failure> {
    all.iter()
        .enumerate()
        .map(|(index, given)| {
            parse(&given.0).map_err(|problem| {
                let nth = index + 1;
                Failure::configuration(format!(
                    "bad `{flag}` (number {nth} of them; not shown, it may hold a secret): {problem}"
                ))
            })
        })
        .collect()
}

fn parse(text: &OsStr) -> Result<Parameter, &'static str> {
    let text = text.to_str().ok_or("it is not UTF-8")?;
    let (key, value) = text.split_once('=').ok_or("there is no `=` in it; write `key=value`")?;
    if key.is_empty() {
        return Err("the key before the `=` is empty; write `key=value`");
    }
    if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return Err("a key holds only letters, digits, `_` and `-`; write `key=value`");
    }
    if value.contains(['\n', '\r', '\0']) {
        return Err("the value holds a line break, which an rclone configuration cannot hold");
    }
    Ok(Parameter { key: key.to_ascii_lowercase(), value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_equals_sign_parts_key_and_value() {
        let parameter = parse(OsStr::new("secret_access_key=a=b==")).unwrap();
        assert_eq!((parameter.key.as_str(), parameter.value.as_str()), ("secret_access_key", "a=b=="));
        assert_eq!(parse(OsStr::new("acl=")).unwrap().value, "");
        assert_eq!(parse(OsStr::new("ACL=private")).unwrap().key, "acl");
    }

    #[test]
    fn errors_and_debug_output_never_show_a_value() {
        for bad in ["hunter2", "=hunter2", "hunter2 x=1", "key=hunter2\nroot=/"] {
            let error = read("-p", &[Given(bad.into())]).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(error.contains("number 1"), "{error}");
        }
        let parameter = parse(OsStr::new("key=hunter2")).unwrap();
        assert!(!format!("{parameter:?} {:?}", Given("hunter2".into())).contains("hunter2"));
    }
}
