//! Lays a calendar over a time zone: the first moment whose wall clock fits the fields.
//!
//! Between two changes of its offset a zone is nothing but a shift, so the search goes from change to change
//! and asks the plain calendar in each stretch. A time that the zone skips lies in no stretch, a time that it
//! repeats lies in two: what robfig/cron's table of tests wants on both occasions follows from that, without
//! special cases.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use super::calendar::Calendar;
use super::every::following_second;

/// How far the search goes: robfig/cron v3 gives up after the end of the fifth year from now.
const YEARS_AHEAD: i16 = 5;

/// The first moment strictly after `after` that fits `calendar` in `zone`.
pub(super) fn next_match(calendar: &Calendar, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let mut start = following_second(after)?;
    let last_day = last_day_of_search(start, zone)?;
    let mut changes = zone.following(start);
    loop {
        let stretch = Stretch {
            start,
            end: changes.next().map(|change| change.timestamp()),
            offset: zone.to_offset(start),
        };
        if let Some(found) = stretch.first_match(calendar, last_day) {
            return Some(found);
        }
        start = stretch.end?;
        if zone.to_datetime(start).date() > last_day {
            return None;
        }
    }
}

fn last_day_of_search(start: Timestamp, zone: &TimeZone) -> Option<Date> {
    let year = zone.to_datetime(start).year().checked_add(YEARS_AHEAD)?;
    Date::new(year, 12, 31).ok().or(Some(Date::MAX))
}

/// A time during which the zone keeps one offset; it ends before `end`.
struct Stretch {
    start: Timestamp,
    end: Option<Timestamp>,
    offset: Offset,
}

impl Stretch {
    fn first_match(&self, calendar: &Calendar, last_day: Date) -> Option<Timestamp> {
        let last_day = self.end.map_or(last_day, |end| self.offset.to_datetime(end).date().min(last_day));
        let fits = calendar.first_from(self.offset.to_datetime(self.start), last_day)?;
        let found = self.offset.to_timestamp(fits).ok()?;
        self.end.is_none_or(|end| found < end).then_some(found)
    }
}
