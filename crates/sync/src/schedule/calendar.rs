//! The fields of a cron expression, and the search for the next date and time that fits them.
//!
//! All of it on a calendar without time zones; `next` lays it over a zone.

use jiff::civil::{Date, DateTime, Time};

use super::value_set::ValueSet;

/// What each field allows. No set is empty: the reader refuses a field without values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Calendar {
    pub(super) second: ValueSet,
    pub(super) minute: ValueSet,
    pub(super) hour: ValueSet,
    pub(super) day_of_month: ValueSet,
    pub(super) month: ValueSet,
    pub(super) day_of_week: ValueSet,
}

impl Calendar {
    /// The first date and time that fits, not before `earliest` and not past the day `last`.
    pub(super) fn first_from(&self, earliest: DateTime, last: Date) -> Option<DateTime> {
        let mut date = earliest.date();
        let mut time_from = earliest.time();
        while date <= last {
            if !contains(self.month, date.month()) {
                date = first_of_next_month(date)?;
            } else {
                if self.fits_day(date)
                    && let Some(time) = self.first_time_from(time_from)
                {
                    return Some(date.to_datetime(time));
                }
                date = date.tomorrow().ok()?;
            }
            time_from = Time::midnight();
        }
        None
    }

    /// If both day fields are restricted, either is enough; a star in one leaves the decision to the other.
    /// That is the rule of crontab(5), and robfig/cron v3 follows it (`dayMatches`).
    fn fits_day(&self, date: Date) -> bool {
        let day_of_month = contains(self.day_of_month, date.day());
        let day_of_week = contains(self.day_of_week, date.weekday().to_sunday_zero_offset());
        if self.day_of_month.is_starred() || self.day_of_week.is_starred() {
            day_of_month && day_of_week
        } else {
            day_of_month || day_of_week
        }
    }

    /// The first time of day that fits, not before `earliest`.
    fn first_time_from(&self, earliest: Time) -> Option<Time> {
        let [hour, minute, second] =
            [earliest.hour(), earliest.minute(), earliest.second()].map(i8::unsigned_abs);
        if self.hour.contains(hour) {
            if self.minute.contains(minute)
                && let Some(second) = self.second.at_or_after(second)
            {
                return time(hour, minute, second);
            }
            if let Some(minute) = self.minute.at_or_after(minute + 1) {
                return time(hour, minute, self.second.at_or_after(0)?);
            }
        }
        let hour = self.hour.at_or_after(hour + 1)?;
        time(hour, self.minute.at_or_after(0)?, self.second.at_or_after(0)?)
    }
}

/// Jiff counts in signed numbers; what is negative is in no set.
fn contains(set: ValueSet, value: i8) -> bool {
    u8::try_from(value).is_ok_and(|value| set.contains(value))
}

fn time(hour: u8, minute: u8, second: u8) -> Option<Time> {
    let [hour, minute, second] = [hour, minute, second].map(|value| i8::try_from(value).ok());
    Time::new(hour?, minute?, second?, 0).ok()
}

fn first_of_next_month(date: Date) -> Option<Date> {
    date.last_of_month().tomorrow().ok()
}
