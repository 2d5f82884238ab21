//! When a sync is due: schedules as Go's robfig/cron v3 reads them, and what to do after a run that took too
//! long.
//!
//! Pure code: no clock is read and nothing waits. The caller says what time it is and in which zone the
//! process lives; the schedule answers with the next due time.
//!
//! Where we differ from robfig/cron v3.0.1, on purpose:
//! - A time that fits every field is never missed. Robfig walks the clock by whole hours, and so passes over
//!   days whose midnight the zone skips (Asia/Beirut in spring) and times after a shift of half an hour
//!   (Australia/Lord_Howe), and never comes back where a whole day is missing (Pacific/Apia in December
//!   2011).
//! - A field with nothing in it (`,`) never runs there, and is refused here; so is a range that starts with
//!   `*` (`*-5`), which there silently means `*`; so is `@every` with zero or less, which there means every
//!   second.
//! - Space around the expression, and more than one space after `@every`, does no harm.

mod calendar;
mod descriptor;
mod duration;
mod error;
mod every;
mod field;
mod next;
mod overlap;
mod parse;
mod snippet;
mod term;
mod text;
mod upcoming;
mod value_set;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use jiff::Zoned;
use jiff::tz::TimeZone;

pub use duration::parse_duration;
pub use error::{Problem, ScheduleError};
pub use field::Field;
pub use overlap::AfterRun;
pub use upcoming::Upcoming;

use calendar::Calendar;
use every::Every;

/// A schedule that was read from its written form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    expression: String,
    timing: Timing,
}

/// The two kinds of schedule robfig/cron knows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Timing {
    /// Fits the fields of a calendar; in `zone` when the expression names one, else in the zone of the
    /// caller.
    Calendar { calendar: Calendar, zone: Option<TimeZone> },
    /// A fixed delay.
    Every(Every),
}

impl Schedule {
    /// Reads a schedule: five fields (minute first), six fields (second first), a descriptor such as
    /// `@daily`, or `@every 1h30m`, each with an optional `CRON_TZ=` or `TZ=` in front.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] shows the expression, points at the bad part and says what is allowed there.
    pub fn parse(expression: &str) -> Result<Self, ScheduleError> {
        let timing = parse::timing(expression).map_err(|fault| ScheduleError::new(expression, fault))?;
        Ok(Self { expression: expression.trim().to_owned(), timing })
    }

    /// The first due time strictly after `after`, in the zone of `after`; `None` if there is none before the
    /// end of the fifth year from now (robfig/cron, `SpecSchedule.Next`).
    ///
    /// A time the zone skips is not due that day; a time the zone repeats is due twice.
    #[must_use]
    pub fn next_after(&self, after: &Zoned) -> Option<Zoned> {
        let due = match &self.timing {
            Timing::Every(every) => every.next_after(after.timestamp()),
            Timing::Calendar { calendar, zone } => {
                let zone = zone.as_ref().unwrap_or(after.time_zone());
                next::next_match(calendar, after.timestamp(), zone)
            }
        };
        due.map(|timestamp| timestamp.to_zoned(after.time_zone().clone()))
    }

    /// The due times after `after`, one by one: `schedule.upcoming(&now).take(5)` are the next five runs.
    #[must_use]
    pub fn upcoming(&self, after: &Zoned) -> Upcoming<'_> {
        Upcoming::new(self, after.clone())
    }

    /// What comes after a run that was due at `due` and ended at `now`: the next due time after `now`, and
    /// how many due times passed while the run was going. Those are skipped, not made up for.
    #[must_use]
    pub fn after_run(&self, due: &Zoned, now: &Zoned) -> AfterRun {
        overlap::after_run(self, due, now)
    }

    /// The fixed delay of an `@every` schedule.
    fn every(&self) -> Option<Every> {
        match self.timing {
            Timing::Every(every) => Some(every),
            Timing::Calendar { .. } => None,
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(expression: &str) -> Result<Self, Self::Err> {
        Self::parse(expression)
    }
}

impl fmt::Display for Schedule {
    /// Writes the schedule as it was given.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.expression)
    }
}
