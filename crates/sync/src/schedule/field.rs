//! The six fields of a cron expression: what each is called, and which numbers and names it takes.
//!
//! Bounds and names are those of robfig/cron v3 (`spec.go`); in particular Sunday is 0, and 7 is not a day.

use std::fmt;

/// One field of a cron expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// 0-59; only in expressions of six fields.
    Second,
    /// 0-59.
    Minute,
    /// 0-23.
    Hour,
    /// 1-31.
    DayOfMonth,
    /// 1-12 or a name.
    Month,
    /// 0-6 from Sunday, or a name.
    DayOfWeek,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Field {
    /// The smallest number this field takes.
    pub(super) fn minimum(self) -> u8 {
        match self {
            Self::Second | Self::Minute | Self::Hour | Self::DayOfWeek => 0,
            Self::DayOfMonth | Self::Month => 1,
        }
    }

    /// The largest number this field takes.
    pub(super) fn maximum(self) -> u8 {
        match self {
            Self::Second | Self::Minute => 59,
            Self::Hour => 23,
            Self::DayOfMonth => 31,
            Self::Month => 12,
            Self::DayOfWeek => 6,
        }
    }

    /// The names of the values, in order from the minimum; empty where only numbers are taken.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &WEEKDAYS,
            Self::Second | Self::Minute | Self::Hour | Self::DayOfMonth => &[],
        }
    }

    /// The number a name stands for; upper and lower case are the same.
    pub(super) fn value_of_name(self, name: &str) -> Option<u8> {
        let position = self.names().iter().position(|known| known.eq_ignore_ascii_case(name))?;
        u8::try_from(position).ok().map(|position| position + self.minimum())
    }

    /// What may be written here, for error messages.
    pub(super) fn allowed(self) -> &'static str {
        match self {
            Self::Second | Self::Minute => "0-59",
            Self::Hour => "0-23",
            Self::DayOfMonth => "1-31",
            Self::Month => "1-12 or JAN-DEC",
            Self::DayOfWeek => "0-6 or SUN-SAT, Sunday is 0",
        }
    }

    /// What kinds of value may be written here, for error messages.
    pub(super) fn kinds(self) -> &'static str {
        if self.names().is_empty() { "number" } else { "number or name" }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_from_the_minimum() {
        assert_eq!(Field::Month.value_of_name("JAN"), Some(1));
        assert_eq!(Field::Month.value_of_name("Dec"), Some(12));
        assert_eq!(Field::DayOfWeek.value_of_name("sun"), Some(0));
        assert_eq!(Field::DayOfWeek.value_of_name("sAT"), Some(6));
    }

    #[test]
    fn names_belong_to_their_field() {
        assert_eq!(Field::Month.value_of_name("sun"), None);
        assert_eq!(Field::Minute.value_of_name("jan"), None);
        assert_eq!(Field::DayOfWeek.value_of_name("sunday"), None);
    }
}
