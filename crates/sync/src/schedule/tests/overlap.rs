//! What follows a run that took too long, also when the clock was set.

use jiff::{Timestamp, ToSpan, Zoned};
use rstest::rstest;

use super::{moment, schedule};
use crate::schedule::AfterRun;

fn after_run(expression: &str, due: &str, now: &str) -> AfterRun {
    schedule(expression).after_run(&moment(&format!("{due}[UTC]")), &moment(&format!("{now}[UTC]")))
}

fn next(text: &str) -> Option<Zoned> {
    Some(moment(&format!("{text}[UTC]")))
}

#[rstest]
#[case::in_time("*/5 * * * *", "2024-05-01T00:00", "2024-05-01T00:04:59.9", 0, "2024-05-01T00:05")]
#[case::ends_when_the_next_is_due(
    "*/5 * * * *",
    "2024-05-01T00:00",
    "2024-05-01T00:05",
    1,
    "2024-05-01T00:10"
)]
#[case::two_missed("*/5 * * * *", "2024-05-01T00:00", "2024-05-01T00:12:30", 2, "2024-05-01T00:15")]
#[case::every_in_time("@every 5m", "2024-05-01T00:01:07", "2024-05-01T00:06:06.9", 0, "2024-05-01T00:06:07")]
#[case::every_ends_when_due(
    "@every 5m",
    "2024-05-01T00:01:07",
    "2024-05-01T00:06:07",
    1,
    "2024-05-01T00:11:07"
)]
#[case::every_keeps_its_row("@every 5m", "2024-05-01T00:01:07", "2024-05-01T00:17", 3, "2024-05-01T00:21:07")]
#[case::due_with_parts_of_a_second(
    "@every 1m",
    "2024-05-01T00:00:00.4",
    "2024-05-01T00:00:59.9",
    0,
    "2024-05-01T00:01"
)]
#[case::no_time_at_all("@every 1s", "2024-05-01T00:00", "2024-05-01T00:00", 0, "2024-05-01T00:00:01")]
fn due_times_during_a_run_are_skipped(
    #[case] expression: &str,
    #[case] due: &str,
    #[case] now: &str,
    #[case] skipped: u64,
    #[case] expected: &str,
) {
    let found = after_run(expression, due, now);
    assert_eq!(found, AfterRun { next: next(expected), skipped, skipped_more: false });
}

#[test]
fn a_repeated_hour_counts_twice() {
    let due = moment("2012-11-04T00:00-04:00[America/New_York]");
    let now = moment("2012-11-04T02:30-05:00[America/New_York]");
    let found = schedule("0 * * * *").after_run(&due, &now);
    assert_eq!(found.skipped, 3, "01:00 before and after the change, and 02:00");
    assert_eq!(found.next, Some(moment("2012-11-04T03:00-05:00[America/New_York]")));
}

#[test]
fn the_zone_is_that_of_now_even_if_due_comes_from_another() {
    let due = moment("2024-05-01T00:00[UTC]");
    let now = moment("2024-05-02T09:00+09:00[Asia/Tokyo]");
    let found = schedule("0 6 * * *").after_run(&due, &now);
    assert_eq!((found.skipped, found.next), (1, Some(moment("2024-05-03T06:00[Asia/Tokyo]"))));
}

/// Walking 292 years of seconds would take longer than anyone waits for a test.
#[test]
fn a_jump_forward_is_counted_by_arithmetic() {
    let found = after_run("@every 1s", "1970-01-01T00:00", "2262-01-01T00:00:00.5");
    let seconds = moment("2262-01-01T00:00[UTC]").timestamp().as_second();
    assert_eq!(found.skipped, seconds.unsigned_abs());
    assert_eq!(found.next, next("2262-01-01T00:00:01"));
    assert!(!found.skipped_more);
}

#[test]
fn a_calendar_stops_counting() {
    let found = after_run("* * * * * *", "2024-05-01T00:00", "2044-05-01T00:00:00.5");
    assert_eq!(found, AfterRun { next: next("2044-05-01T00:00:01"), skipped: 1_000, skipped_more: true });
    // One less than too many is still counted.
    let found = after_run("* * * * * *", "2024-05-01T00:00", "2024-05-01T00:16:40");
    assert_eq!(found, AfterRun { next: next("2024-05-01T00:16:41"), skipped: 1_000, skipped_more: false });
    let found = after_run("* * * * * *", "2024-05-01T00:00", "2024-05-01T00:16:41");
    assert_eq!(found, AfterRun { next: next("2024-05-01T00:16:42"), skipped: 1_000, skipped_more: true });
}

#[rstest]
#[case::a_timer_that_fired_early(
    "0 * * * *",
    "2024-05-01T01:00",
    "2024-05-01T00:59:59.998",
    "2024-05-01T02:00"
)]
#[case::a_small_correction("* * * * *", "2024-05-01T01:00", "2024-05-01T00:59", "2024-05-01T01:01")]
#[case::set_back_by_a_year("0 * * * *", "2024-05-01T01:00", "2023-05-01T00:59", "2023-05-01T01:00")]
#[case::set_back_just_past_the_slack(
    "* * * * *",
    "2024-05-01T01:00",
    "2024-05-01T00:58:59",
    "2024-05-01T00:59"
)]
#[case::every_small("@every 1s", "2024-05-01T01:00", "2024-05-01T00:59:30", "2024-05-01T01:00:01")]
#[case::every_set_back_by_a_year(
    "@every 1m",
    "2024-05-01T01:00",
    "2023-05-01T00:59:07",
    "2023-05-01T01:00:07"
)]
fn a_clock_set_back_neither_repeats_nor_stalls(
    #[case] expression: &str,
    #[case] due: &str,
    #[case] now: &str,
    #[case] expected: &str,
) {
    assert_eq!(
        after_run(expression, due, now),
        AfterRun { next: next(expected), skipped: 0, skipped_more: false }
    );
}

#[test]
fn the_next_run_is_always_after_now() {
    let due = moment("2024-05-01T00:00:00.3[UTC]");
    for expression in ["@every 7s", "*/7 * * * * *", "@every 90m", "0 3 * * MON"] {
        for offset in [-100_000_i64, -61, -60, -59, -1, 0, 1, 6, 7, 8, 3_599, 3_600, 100_000] {
            let now = &due + offset.seconds();
            let found = schedule(expression).after_run(&due, &now);
            assert!(found.next.is_some_and(|next| next > now), "{expression} {offset}");
        }
    }
}

#[test]
fn a_schedule_that_never_comes_due_has_no_next() {
    let found = after_run("0 0 30 2 *", "2024-05-01T00:00", "2024-05-01T00:01");
    assert_eq!(found, AfterRun { next: None, skipped: 0, skipped_more: false });
    let end = Timestamp::MAX.to_zoned(jiff::tz::TimeZone::UTC);
    assert_eq!(schedule("@every 1s").after_run(&end, &end).next, None);
}
