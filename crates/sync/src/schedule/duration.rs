//! Reads a duration as Go's `time.ParseDuration` does: `1h30m`, `1.5h`, `-.5s`, `100ms`.
//!
//! Rules: an optional sign; `0` alone; else one or more numbers, each with a unit; a number has digits before
//! or after the point, or both; the sum must fit 63 bits of nanoseconds. A fraction is worked out in floating
//! point, so that `0.3333333333333333333h` is twenty minutes; what is left below a nanosecond falls away.

use std::time::Duration;

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DurationProblem {
    Malformed,
    TooLong,
}

/// The units, with their nanoseconds. Both the micro sign (U+00B5) and the Greek letter (U+03BC) are taken.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
];

/// The nanoseconds of a written duration.
pub(super) fn nanoseconds(text: &str) -> Result<i64, DurationProblem> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let sum = if unsigned == "0" { 0 } else { sum_of_terms(unsigned)? };
    // Go keeps the one value that only a negative duration can have.
    let signed = if negative { -sum } else { sum };
    i64::try_from(signed).map_err(|_| DurationProblem::TooLong)
}

/// Reads a duration that is not negative; `None` when the text is none.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    u64::try_from(nanoseconds(text).ok()?).ok().map(Duration::from_nanos)
}

/// The sum of numbers with units; the text must not be empty.
fn sum_of_terms(text: &str) -> Result<i128, DurationProblem> {
    let mut rest = text;
    let mut sum = 0_i128;
    loop {
        let (value, after) = first_term(rest)?;
        sum = sum.checked_add(value).ok_or(DurationProblem::TooLong)?;
        if after.is_empty() {
            return Ok(sum);
        }
        rest = after;
    }
}

/// The first number with its unit, and what follows.
fn first_term(text: &str) -> Result<(i128, &str), DurationProblem> {
    let (whole, after_whole) = split_digits(text);
    let (fraction, after_number) = match after_whole.strip_prefix('.') {
        Some(after_point) => split_digits(after_point),
        None => ("", after_whole),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(DurationProblem::Malformed);
    }
    let (unit, rest) = split_unit(after_number).ok_or(DurationProblem::Malformed)?;
    let value = whole_value(whole)?.checked_mul(unit).ok_or(DurationProblem::TooLong)?;
    let value = value.checked_add(fraction_value(fraction, unit)).ok_or(DurationProblem::TooLong)?;
    Ok((value, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The unit is everything up to the next number, so that `1sm` is not read as `1s`.
fn split_unit(text: &str) -> Option<(i128, &str)> {
    let end =
        text.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let (_, size) = UNITS.iter().find(|(known, _)| *known == name)?;
    Some((*size, rest))
}

/// A number without point; none at all is zero.
fn whole_value(digits: &str) -> Result<i128, DurationProblem> {
    if digits.is_empty() {
        return Ok(0);
    }
    // Only digits get here, so what cannot be read is too large.
    digits.parse().map_err(|_| DurationProblem::TooLong)
}

/// The digits after the point, in nanoseconds. Digits that would overflow 63 bits count for nothing.
fn fraction_value(digits: &str, unit: i128) -> i128 {
    let (mut value, mut scale) = (0_i64, 1.0_f64);
    for digit in digits.bytes() {
        let longer = value.checked_mul(10).and_then(|value| value.checked_add(i64::from(digit - b'0')));
        let Some(longer) = longer else { break };
        value = longer;
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn reads_what_go_reads() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("5s", 5 * SECOND),
            ("+5s", 5 * SECOND),
            ("-5s", -5 * SECOND),
            ("0s", 0),
            ("30m", 1_800 * SECOND),
            ("1h30m", 5_400 * SECOND),
            ("1.5h", 5_400 * SECOND),
            ("5.s", 5 * SECOND),
            (".5s", SECOND / 2),
            ("1.004s", 1_004_000_000),
            ("12us", 12_000),
            ("12\u{b5}s", 12_000),
            ("12\u{3bc}s", 12_000),
            ("13ms10ns", 13_000_010),
            ("10.5s4m", 250 * SECOND + SECOND / 2),
            ("3m3m", 360 * SECOND),
            ("0.9ns", 0),
            ("0.3333333333333333333h", 1_200 * SECOND),
            ("0.100000000000000000000000000000h", 360 * SECOND),
            ("9223372036854775807ns", i64::MAX),
            ("-9223372036854775808ns", i64::MIN),
        ] {
            assert_eq!(nanoseconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_duration_of_its_own_is_not_negative() {
        assert_eq!(parse_duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(parse_duration("0"), Some(Duration::ZERO));
        assert_eq!((parse_duration("-1s"), parse_duration("soon")), (None, None));
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in [
            "", "-", "+", "3", "s", ".", ".s", "-.s", "1d", "1sm", "1h 30m", "1 h", "--1s", "1e3s", "1S",
            "٣s", "1.2.3s",
        ] {
            assert_eq!(nanoseconds(text), Err(DurationProblem::Malformed), "{text}");
        }
        for text in [
            "9223372036854775808ns",
            "-9223372036854775809ns",
            "2562048h",
            "9999999999999999999999999999999999999999s",
        ] {
            assert_eq!(nanoseconds(text), Err(DurationProblem::TooLong), "{text}");
        }
    }
}
