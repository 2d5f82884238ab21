//! Reads the forms that start with an at sign: `@daily` and its like, and `@every`.
//!
//! Names and meanings are robfig/cron v3's (`parseDescriptor`); they are lower case only.

use jiff::tz::TimeZone;

use super::Timing;
use super::calendar::Calendar;
use super::duration::{self, DurationProblem};
use super::error::{Fault, Problem};
use super::every::Every;
use super::field::Field;
use super::text::Part;
use super::value_set::ValueSet;

/// Reads a descriptor. A fixed delay is the same in every zone, so `zone` means nothing to it.
pub(super) fn timing(written: Part<'_>, zone: Option<TimeZone>) -> Result<Timing, Fault> {
    let (name, argument) = written.first_word();
    if name.text() == "@every" {
        return every(name, argument).map(Timing::Every);
    }
    match named(written.text()) {
        Some(calendar) => Ok(Timing::Calendar { calendar, zone }),
        None => Err(Fault::new(written, Problem::UnknownDescriptor { name: written.text().to_owned() })),
    }
}

/// The calendar a name stands for; all of them start at the full hour.
fn named(name: &str) -> Option<Calendar> {
    let first = ValueSet::only(1);
    let midnight = Calendar {
        second: ValueSet::only(0),
        minute: ValueSet::only(0),
        hour: ValueSet::only(0),
        day_of_month: ValueSet::all(Field::DayOfMonth),
        month: ValueSet::all(Field::Month),
        day_of_week: ValueSet::all(Field::DayOfWeek),
    };
    match name {
        "@yearly" | "@annually" => Some(Calendar { day_of_month: first, month: first, ..midnight }),
        "@monthly" => Some(Calendar { day_of_month: first, ..midnight }),
        "@weekly" => Some(Calendar { day_of_week: ValueSet::only(0), ..midnight }),
        "@daily" | "@midnight" => Some(midnight),
        "@hourly" => Some(Calendar { hour: ValueSet::all(Field::Hour), ..midnight }),
        _ => None,
    }
}

/// The delay after `@every`.
fn every(name: Part<'_>, argument: Part<'_>) -> Result<Every, Fault> {
    let text = argument.text().to_owned();
    if text.is_empty() {
        return Err(Fault::new(name, Problem::MissingDuration));
    }
    let nanoseconds = match duration::nanoseconds(argument.text()) {
        Ok(nanoseconds) => nanoseconds,
        Err(DurationProblem::Malformed) => return Err(Fault::new(argument, Problem::BadDuration { text })),
        Err(DurationProblem::TooLong) => return Err(Fault::new(argument, Problem::DurationTooLong { text })),
    };
    Every::from_nanoseconds(nanoseconds)
        .ok_or_else(|| Fault::new(argument, Problem::DurationNotPositive { text }))
}
