//! Whole numbers that may be written as text, as the predecessor's manifests do.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

/// The number, or nothing when the text is none. Negative numbers are none either.
pub fn number(value: &IntOrString) -> Option<i64> {
    let number = match value {
        IntOrString::Int(number) => i64::from(*number),
        // A sign would be taken by the parser, and refused by the API server's rules.
        IntOrString::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
        IntOrString::String(_) => return None,
    };
    (number >= 0).then_some(number)
}

/// A number or a string of digits, within what `rule` says.
pub(crate) fn schema(rule: Value) -> Schema {
    json_schema!({
        "x-kubernetes-int-or-string": true,
        "maxLength": 10,
        "x-kubernetes-validations": [rule],
    })
}

/// A user or group.
pub(crate) fn id(_: &mut SchemaGenerator) -> Schema {
    schema(crate::rules::user_or_group())
}

/// Minutes between two syncs.
pub(crate) fn minutes(_: &mut SchemaGenerator) -> Schema {
    schema(crate::rules::minutes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_digits_are_numbers_and_nothing_else_is() {
        let text = |text: &str| number(&IntOrString::String(text.to_owned()));
        assert_eq!(number(&IntOrString::Int(1001)), Some(1001));
        assert_eq!(text("1001"), Some(1001));
        assert_eq!(number(&IntOrString::Int(-1)), None);
        for bad in ["", "-1", "+1", " 1", "1.0", "0x10", "root", "99999999999999999999"] {
            assert_eq!(text(bad), None, "{bad}");
        }
    }
}
