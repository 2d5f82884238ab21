//! What holds for every schedule and every moment.

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use proptest::prelude::*;
use proptest::sample::select;

use super::model::{Model, models};
use super::schedule;
use crate::schedule::Schedule;

/// Zones with all sorts of clock changes: by an hour, half an hour, a day; at midnight on both sides of
/// Greenwich; none.
const ZONES: [&str; 12] = [
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Europe/Berlin",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];

/// Moments from 1985 to 2045, half of them within hours before a change of the clock.
fn moments() -> impl Strategy<Value = Zoned> {
    let second = 473_385_600_i64..2_366_841_600;
    (select(ZONES.to_vec()), second, 0..1_000_000_000_i32, prop::option::of(0..10_800_i64)).prop_map(
        |(zone, second, nanosecond, before_change)| {
            let zone = TimeZone::get(zone).unwrap();
            let random = Timestamp::new(second, nanosecond).unwrap();
            let change = zone.following(random).next().map(|change| change.timestamp());
            let moment = match (before_change, change) {
                (Some(distance), Some(change)) => change - SignedDuration::new(distance, nanosecond),
                _ => random,
            };
            moment.to_zoned(zone)
        },
    )
}

/// The first moment after `start` that fits, found by looking at each step of the way.
fn first_by_looking(model: &Model, start: &Zoned, step: i64, steps: i64) -> Option<Zoned> {
    let first = start.timestamp().as_second().div_euclid(step) + 1;
    (first..first + steps)
        .map(|count| Timestamp::from_second(count * step).unwrap().to_zoned(start.time_zone().clone()))
        .find(|moment| model.fits(moment))
}

/// The next run is the first that fits: it fits itself, and nothing between does.
fn check_next(model: &Model, start: &Zoned, step: i64, steps: i64) -> Result<(), TestCaseError> {
    let next = schedule(&model.expression()).next_after(start);
    if let Some(next) = &next {
        prop_assert!(next > start);
        prop_assert!(model.fits(next), "{} gave {}", model.expression(), next);
        prop_assert_eq!(next.subsec_nanosecond(), 0);
    }
    let window_end = start.timestamp() + SignedDuration::from_secs(step * (steps - 1));
    let within_window = next.filter(|next| next.timestamp() <= window_end);
    let looked = first_by_looking(model, start, step, steps).filter(|found| found.timestamp() <= window_end);
    prop_assert_eq!(within_window, looked, "{} after {}", model.expression(), start);
    Ok(())
}

proptest! {
    #[test]
    fn next_is_the_first_minute_that_fits(model in models(false), start in moments()) {
        check_next(&model, &start, 60, 3 * 24 * 60)?;
    }

    #[test]
    fn next_is_the_first_second_that_fits(model in models(true), start in moments()) {
        check_next(&model, &start, 1, 4 * 3_600)?;
    }

    /// In the long run: without clock changes, no day before that of the next run fits at the first time
    /// wanted.
    #[test]
    fn next_is_on_the_first_day_that_fits(model in models(false), start in moments()) {
        let start = start.with_time_zone(TimeZone::UTC);
        let next = schedule(&model.expression()).next_after(&start);
        let end_of_search = || date(start.year() + 5, 12, 31).tomorrow().unwrap();
        let end = next.map_or_else(end_of_search, |next| next.date());
        let first_time = model.first_time();
        for day in start.date().tomorrow().unwrap().series(1.day()).take_while(|day| *day < end) {
            let moment = day.to_datetime(first_time).to_zoned(TimeZone::UTC).unwrap();
            prop_assert!(!model.fits(&moment), "{} missed {}", model.expression(), moment);
        }
    }

    #[test]
    fn runs_strictly_increase(model in models(true), start in moments()) {
        let read = schedule(&model.expression());
        let mut last = start.clone();
        for run in read.upcoming(&start).take(50) {
            prop_assert!(run > last);
            prop_assert!(model.fits(&run));
            last = run;
        }
    }

    #[test]
    fn every_is_the_delay_from_the_full_second(seconds in 1_i64..1_000_000_000, start in moments()) {
        let next = schedule(&format!("@every {seconds}s")).next_after(&start).unwrap();
        let distance = next.timestamp().as_nanosecond() - start.timestamp().as_nanosecond();
        prop_assert_eq!(distance, i128::from(seconds) * 1_000_000_000 - i128::from(start.subsec_nanosecond()));
    }

    #[test]
    fn skips_are_what_a_walk_counts(model in models(false), start in moments(), length in 0_i64..500_000) {
        let read = schedule(&model.expression());
        let Some(due) = read.next_after(&start) else { return Ok(()) };
        let now = &due + SignedDuration::from_secs(length);
        let walked = read.upcoming(&due).take(1_001).take_while(|run| *run <= now).count();
        let found = read.after_run(&due, &now);
        prop_assert_eq!(found.skipped, walked.min(1_000) as u64);
        prop_assert_eq!(found.skipped_more, walked > 1_000);
        prop_assert_eq!(found.next, read.next_after(&now));
    }

    #[test]
    fn any_text_is_read_or_refused_with_carets_under_it(text in "\\PC{0,40}|[-@*?/, 0-9a-zA-Z=_.]{0,40}|(TZ=)?[^\r\n]{0,12}( [-*/,0-9MONé]{1,6}){4,7}\\s?") {
        check_refusal(&text)?;
    }

    #[test]
    fn any_lines_are_read_or_refused_with_carets_under_them(text in "[\\t\\n\\r 0-9*é]{0,30}") {
        check_refusal(&text)?;
    }

    #[test]
    fn any_delay_is_read_or_refused(text in "@every [-+]?([0-9]{0,25}(\\.[0-9]{0,25})?(ns|us|µs|ms|s|m|h|d|)){0,3}") {
        check_refusal(&text)?;
    }
}

/// The line of carets must not reach past the line it is under, and must mark the part that the error names.
fn check_refusal(text: &str) -> Result<(), TestCaseError> {
    let Err(error) = Schedule::parse(text) else { return Ok(()) };
    let message = error.to_string();
    if text.trim().is_empty() {
        prop_assert_eq!(message.lines().count(), 1);
        return Ok(());
    }
    prop_assert!(text.get(error.span()).is_some(), "{:?} is no part of {:?}", error.span(), text);
    let lines: Vec<_> = message.split('\n').collect();
    prop_assert_eq!(lines.len(), 3, "{}", message);
    let (shown, marked) = (lines[1], lines[2]);
    prop_assert!(marked.chars().count() <= shown.chars().count(), "{}", message);
    let under: String =
        shown.chars().zip(marked.chars()).filter(|(_, mark)| *mark == '^').map(|(above, _)| above).collect();
    prop_assert!(!under.is_empty(), "{}", message);
    let part: String = text[error.span()].chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    prop_assert_eq!(under, part);
    Ok(())
}
