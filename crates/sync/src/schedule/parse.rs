//! Reads a whole expression: time zone, then a descriptor or five or six fields.

use jiff::tz::TimeZone;

use super::Timing;
use super::calendar::Calendar;
use super::descriptor;
use super::error::{Fault, Problem};
use super::field::Field;
use super::term;
use super::text::Part;
use super::value_set::ValueSet;

/// More than the longest sensible expression (every value of every field listed takes about 600 bytes); keeps
/// error messages and logs small.
const LONGEST: usize = 1000;

/// The prefixes robfig/cron v3 takes a time zone from.
const ZONE_PREFIXES: [&str; 2] = ["CRON_TZ=", "TZ="];

/// Reads an expression.
pub(super) fn timing(expression: &str) -> Result<Timing, Fault> {
    let whole = Part::whole(expression);
    if expression.len() > LONGEST {
        return Err(Fault::new(whole, Problem::TooLong { length: expression.len(), limit: LONGEST }));
    }
    let written = whole.trim();
    if written.text().is_empty() {
        return Err(Fault::new(whole, Problem::Empty));
    }
    let (zone, rest) = split_zone(written)?;
    if rest.text().starts_with('@') {
        return descriptor::timing(rest, zone);
    }
    Ok(Timing::Calendar { calendar: fields(rest)?, zone })
}

/// The time zone in front, if there is one, and what follows it.
fn split_zone(written: Part<'_>) -> Result<(Option<TimeZone>, Part<'_>), Fault> {
    let Some(after) = ZONE_PREFIXES.iter().find_map(|prefix| written.after_prefix(prefix)) else {
        return Ok((None, written));
    };
    let (name, rest) = after.first_word();
    let zone = zone_named(name)?;
    if rest.text().is_empty() {
        return Err(Fault::new(written, Problem::ZoneOnly));
    }
    Ok((zone, rest))
}

/// The zone of that name; none where the name stands for the zone of the process. Go's `LoadLocation` reads
/// an empty name as UTC and `Local` as the zone of the process.
fn zone_named(name: Part<'_>) -> Result<Option<TimeZone>, Fault> {
    match name.text() {
        "" => Ok(Some(TimeZone::UTC)),
        "Local" => Ok(None),
        text => match TimeZone::get(text) {
            Ok(zone) => Ok(Some(zone)),
            Err(_) => Err(Fault::new(name, Problem::UnknownZone { name: text.to_owned() })),
        },
    }
}

/// Five fields, or six with the second in front. Without it, the second is 0.
fn fields(written: Part<'_>) -> Result<Calendar, Fault> {
    let words = written.words();
    let (second, rest) = match words.as_slice() {
        [second, rest @ ..] if rest.len() == 5 => (term::values(Field::Second, *second)?, rest),
        rest => (ValueSet::only(0), rest),
    };
    let [minute, hour, day_of_month, month, day_of_week] = rest else {
        return Err(Fault::new(written, Problem::FieldCount { found: words.len() }));
    };
    Ok(Calendar {
        second,
        minute: term::values(Field::Minute, *minute)?,
        hour: term::values(Field::Hour, *hour)?,
        day_of_month: term::values(Field::DayOfMonth, *day_of_month)?,
        month: term::values(Field::Month, *month)?,
        day_of_week: term::values(Field::DayOfWeek, *day_of_week)?,
    })
}
