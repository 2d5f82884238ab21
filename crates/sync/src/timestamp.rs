//! Times of files: nanoseconds since 1970, compared within what a store can hold.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Nanoseconds since 1970-01-01T00:00:00Z; negative before. Reaches from 1677 to 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From seconds and nanoseconds as `stat` gives them. What lies outside the range is clamped to its end.
    #[must_use]
    pub fn from_parts(seconds: i64, nanoseconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds))
    }

    /// From nanoseconds since 1970.
    #[must_use]
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Seconds since 1970 (rounded down) and the nanoseconds beyond, 0 to 999,999,999.
    #[must_use]
    pub const fn parts(self) -> (i64, i64) {
        (self.0.div_euclid(1_000_000_000), self.0.rem_euclid(1_000_000_000))
    }

    /// The clock of this machine, now.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Whether both are the same time for a store that keeps times in steps of `precision`.
    #[must_use]
    pub fn same_within(self, other: Self, precision: Duration) -> bool {
        let distance = u128::from(self.0.abs_diff(other.0));
        distance == 0 || distance < precision.as_nanos()
    }

    /// RFC 3339 in UTC with all its nanoseconds: `2026-01-02T03:04:05.000000006Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let (seconds, nanoseconds) = self.parts();
        match jiff::Timestamp::new(seconds, i32::try_from(nanoseconds).unwrap_or(0)) {
            Ok(time) => format!("{time:.9}"),
            Err(_) => String::from("out of range"),
        }
    }

    /// Reads an RFC 3339 time; `None` when it is none or out of range.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let time: jiff::Timestamp = text.parse().ok()?;
        i64::try_from(time.as_nanosecond()).ok().map(Self)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let clamp = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(clamp(after)),
            Err(before) => Self(-clamp(before.duration())),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_keep_positive_nanoseconds() {
        assert_eq!(Timestamp::from_parts(-2, 500_000_000).parts(), (-2, 500_000_000));
        assert_eq!(Timestamp::from_nanoseconds(-1).parts(), (-1, 999_999_999));
    }

    #[test]
    fn rfc3339_goes_there_and_back() {
        for nanoseconds in [0, -1, 1_700_000_000_123_456_789, i64::MAX, i64::MIN] {
            let time = Timestamp::from_nanoseconds(nanoseconds);
            assert_eq!(Timestamp::from_rfc3339(&time.to_rfc3339()), Some(time));
        }
        assert_eq!(Timestamp::from_rfc3339("yesterday"), None);
    }

    #[test]
    fn a_coarse_store_does_not_make_a_difference() {
        let whole = Timestamp::from_parts(10, 0);
        let fine = Timestamp::from_parts(10, 999_999_999);
        assert!(whole.same_within(fine, Duration::from_secs(1)));
        assert!(!whole.same_within(Timestamp::from_parts(11, 0), Duration::from_secs(1)));
        assert!(!whole.same_within(fine, Duration::from_nanos(1)));
        assert!(whole.same_within(whole, Duration::ZERO));
    }
}
