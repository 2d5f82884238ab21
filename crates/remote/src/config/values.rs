//! Values as rclone reads them: sizes, booleans, three-way switches and whole numbers.

/// Why a value does not parse. Never holds the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not a size.
    #[error("not a size such as 5Mi, 200M (the same unit, 1024 based), 1.5G, or off")]
    Size,
    /// Not a boolean.
    #[error("not true or false")]
    Bool,
    /// Not a whole number that we take.
    #[error("not a plain whole number")]
    Integer,
}

/// Reads a size in bytes; `off` is `None`.
///
/// As rclone's `SizeSuffix` (`fs/sizesuffix.go`, tried with 1.75.2): suffixes `B K M G T P E`, each also with `i` or
/// `iB`, in any case except that the last `B` of `KiB` needs a small `i`; all are powers of 1024; a number alone counts
/// KiB; fractions and exponents are allowed.
///
/// # Errors
/// [`ValueError::Size`]; also for sizes of 8 EiB and more, which overflow in rclone and turn into `off`, and for Go's
/// hexadecimal floats and underscores.
pub fn parse_size(text: &str) -> Result<Option<u64>, ValueError> {
    if text.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    let (number, unit) = split_unit(text);
    let multiplier = multiplier(unit).ok_or(ValueError::Size)?;
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'e' | b'-');
    if !number.bytes().all(plain) {
        return Err(ValueError::Size);
    }
    let bytes = number.parse::<f64>().map_err(|_| ValueError::Size)? * multiplier;
    let limit = 2f64.powi(63);
    // Truncation is what rclone does with half bytes; the range was checked.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    if (0.0..limit).contains(&bytes) && !bytes.is_sign_negative() {
        Ok(Some(bytes as u64))
    } else {
        Err(ValueError::Size)
    }
}

/// The number and its unit. An `e` or `E` at the end is a unit, inside it is an exponent.
fn split_unit(text: &str) -> (&str, &str) {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    text.split_at(digits.len())
}

fn multiplier(unit: &str) -> Option<f64> {
    let symbol = match unit {
        "" => "k",
        "b" | "B" => return Some(1.0),
        _ => unit.strip_suffix(['b', 'B']).filter(|rest| rest.ends_with('i')).unwrap_or(unit),
    };
    let symbol = if symbol.len() == 2 { symbol.strip_suffix(['i', 'I'])? } else { symbol };
    let exponent = match symbol {
        "k" | "K" => 1,
        "m" | "M" => 2,
        "g" | "G" => 3,
        "t" | "T" => 4,
        "p" | "P" => 5,
        "e" | "E" => 6,
        _ => return None,
    };
    Some(1024f64.powi(exponent))
}

/// Reads a boolean as Go's `strconv.ParseBool`.
///
/// # Errors
/// [`ValueError::Bool`].
pub fn parse_bool(text: &str) -> Result<bool, ValueError> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(ValueError::Bool),
    }
}

/// Reads rclone's `Tristate`: a boolean, or `unset` in any case.
///
/// # Errors
/// [`ValueError::Bool`].
pub fn parse_tristate(text: &str) -> Result<Option<bool>, ValueError> {
    if text.eq_ignore_ascii_case("unset") { Ok(None) } else { parse_bool(text).map(Some) }
}

/// Reads a decimal number. rclone also takes `0x10`, `010` (octal) and `1_0`: those go through rclone.
pub(super) fn parse_integer(text: &str) -> Result<u32, ValueError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if plain { text.parse().map_err(|_| ValueError::Integer) } else { Err(ValueError::Integer) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("5", Some(5 << 10))]
    #[case("5.", Some(5 << 10))]
    #[case("5B", Some(5))]
    #[case("5b", Some(5))]
    #[case("5k", Some(5 << 10))]
    #[case("5KI", Some(5 << 10))]
    #[case("5kib", Some(5 << 10))]
    #[case("5Mi", Some(5 << 20))]
    #[case("5MiB", Some(5 << 20))]
    #[case("200M", Some(200 << 20))]
    #[case(".5M", Some(512 << 10))]
    #[case("+5M", Some(5 << 20))]
    #[case("1.5G", Some(1536 << 20))]
    #[case("4.656Gi", Some(4_999_341_932))]
    #[case("1e3", Some(1_024_000))]
    #[case("1T", Some(1 << 40))]
    #[case("1P", Some(1 << 50))]
    #[case("1E", Some(1 << 60))]
    #[case("0", Some(0))]
    #[case("off", None)]
    #[case("OFF", None)]
    fn sizes(#[case] text: &str, #[case] expected: Option<u64>) {
        assert_eq!(parse_size(text), Ok(expected));
    }

    #[rstest]
    #[case("")]
    #[case("5MB")]
    #[case("5KIB")]
    #[case("5i")]
    #[case("iB")]
    #[case("Mi")]
    #[case("B")]
    #[case(".")]
    #[case("-1")]
    #[case("-1M")]
    #[case(" 5M")]
    #[case("5 M")]
    #[case("inf")]
    #[case("infinityM")]
    #[case("nan")]
    #[case("NaNM")]
    #[case("8E")]
    #[case("1e30")]
    #[case("0x10")]
    #[case("1_000")]
    fn no_sizes(#[case] text: &str) {
        assert_eq!(parse_size(text), Err(ValueError::Size));
    }

    #[test]
    fn booleans_and_switches() {
        assert_eq!(parse_bool("True"), Ok(true));
        assert_eq!(parse_bool("0"), Ok(false));
        for text in ["yes", "tRUE", "", " true", "on"] {
            assert_eq!(parse_bool(text), Err(ValueError::Bool), "{text:?}");
        }
        assert_eq!(parse_tristate("Unset"), Ok(None));
        assert_eq!(parse_tristate("1"), Ok(Some(true)));
        assert!(parse_tristate("x").is_err());
    }

    #[test]
    fn integers() {
        assert_eq!(parse_integer("0"), Ok(0));
        assert_eq!(parse_integer("1000"), Ok(1000));
        for text in ["", "-1", "+4", "010", "0x4", "1_0", "4x", "99999999999"] {
            assert_eq!(parse_integer(text), Err(ValueError::Integer), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(text in "[0-9.eEkKmMiIbB+-]{0,10}|\\PC{0,10}") {
            let _ = (parse_size(&text), parse_bool(&text), parse_tristate(&text), parse_integer(&text));
        }
    }
}
