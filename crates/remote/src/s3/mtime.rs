//! A file's modification time as user metadata, written as rclone 1.75 writes it.
//!
//! `X-Amz-Meta-Mtime` holds seconds since 1970 in decimal, with up to nine digits after the point and no trailing
//! zeros: `1577934245.12`, `-315521754.5`, `1600000000`.

use http::HeaderName;
use podfs_sync::{Modified, Timestamp};

/// The header that holds it.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-amz-meta-mtime");

/// The text for a time.
pub(super) fn write(time: Timestamp) -> String {
    let nanoseconds = time.nanoseconds();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let absolute = nanoseconds.unsigned_abs();
    let (whole, fraction) = (absolute / 1_000_000_000, absolute % 1_000_000_000);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let text = format!("{sign}{whole}.{fraction:09}");
    text.trim_end_matches('0').to_owned()
}

/// The time in a text; `None` for what rclone would not understand either. Digits beyond nanoseconds are dropped.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if !(whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())) || whole.is_empty() {
        return None;
    }
    let mut nanoseconds = whole.parse::<i64>().ok()?;
    let mut fraction = fraction.bytes();
    for _ in 0..9 {
        let digit = i64::from(fraction.next().map_or(0, |byte| byte - b'0'));
        nanoseconds = nanoseconds.checked_mul(10)?.checked_add(digit)?;
    }
    Some(Timestamp::from_nanoseconds(if negative { -nanoseconds } else { nanoseconds }))
}

/// What an object's head says of its time: its metadata, or else when it was stored, as rclone reads it.
pub(super) fn of_object(metadata: Option<&str>, stored: impl FnOnce() -> Option<Timestamp>) -> Modified {
    match metadata.and_then(read) {
        Some(time) => Modified::At(time),
        None => stored().map_or(Modified::Unknown, Modified::StoredAt),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writes_what_rclone_writes() {
        for (nanoseconds, text) in [
            (1_577_934_245_120_000_000, "1577934245.12"),
            (-315_521_754_500_000_000, "-315521754.5"),
            (1_600_000_000_000_000_000, "1600000000"),
            (1, "0.000000001"),
            (0, "0"),
        ] {
            assert_eq!(write(Timestamp::from_nanoseconds(nanoseconds)), text);
        }
    }

    #[test]
    fn reads_what_others_write_and_refuses_the_rest() {
        let time = |nanoseconds| Some(Timestamp::from_nanoseconds(nanoseconds));
        assert_eq!(read(" 1354040105.1234567899 "), time(1_354_040_105_123_456_789));
        assert_eq!(read("12."), time(12_000_000_000));
        for bad in ["", "-", "x", "1e9", "1.x", "+1", "99999999999999999999", "9999999999999"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_time_comes_back(nanoseconds in (i64::MIN + 1)..=i64::MAX) {
            let time = Timestamp::from_nanoseconds(nanoseconds);
            prop_assert_eq!(read(&write(time)), Some(time));
        }
    }
}
