//! The input of one rclone call, as a form: the one encoding in which a file name may hold any bytes. (rclone reads
//! JSON too, but its strings cannot hold what is not UTF-8.)

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;

/// Parameters of one call.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(String);

impl Form {
    /// No parameters.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// With a text or a name in any bytes.
    #[must_use]
    pub(super) fn with(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(key);
        self.0.push('=');
        self.0.extend(percent_encode(value.as_ref(), NON_ALPHANUMERIC));
        self
    }

    /// With a structure (`opt`, `_config`), which rclone takes as JSON text.
    #[must_use]
    pub(super) fn with_json(self, key: &str, value: &Value) -> Self {
        self.with(key, value.to_string())
    }

    /// As the body of a request.
    pub(super) fn into_body(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_survive() {
        let form = Form::new()
            .with("remote", b"a b&\xff\n")
            .with_json("opt", &serde_json::json!({"recurse": false}));
        assert_eq!(form.into_body(), "remote=a%20b%26%FF%0A&opt=%7B%22recurse%22%3Afalse%7D");
    }
}
