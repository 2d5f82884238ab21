//! `-p key=value` and `-e key=value`: taken unread, because clap repeats a value that it refuses, and this one may be a
//! secret.

use std::ffi::OsString;
use std::fmt;

use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::failure::Failure;
use crate::remote_request::Parameter;

/// What was given with a flag. Never shown.
#[derive(Clone)]
pub(super) struct Given(OsString);

impl fmt::Debug for Given {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// Takes anything, so that clap never has a reason to show it.
pub(super) fn given() -> impl TypedValueParser<Value = Given> {
    OsStringValueParser::new().map(Given)
}

/// All that was given with `flag`, as text.
pub(super) fn texts(flag: &str, all: Vec<Given>) -> Result<Vec<Parameter>, Failure> {
    let text = |given: Given| {
        given.0.into_string().map(Parameter).map_err(|_| {
            Failure::configuration(format!("a `{flag}` (not shown, it may be a secret) is not UTF-8"))
        })
    };
    all.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn errors_and_debug_output_never_show_a_value() {
        let given = Given(OsString::from_vec(b"key=hunter2\xff".to_vec()));
        assert!(!format!("{given:?}").contains("hunter2"));
        let error = texts("-p", vec![given]).unwrap_err().to_string();
        assert!(error.contains("`-p`") && !error.contains("hunter2"), "{error}");
    }
}
