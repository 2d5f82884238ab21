//! Runs around changes of the clock.
//!
//! New York and the two cases of Sao Paulo are the facts of robfig/cron v3's `TestNext`, as rows of runs
//! instead of single steps; the others are worked out by hand from the zone database.

use rstest::rstest;

use super::{assert_runs, moment, schedule};

/// On 11 March 2012 the clock goes from 02:00 to 03:00, on 4 November from 02:00 back to 01:00.
#[rstest]
#[case::hourly_in_spring(
    "0 0 * * * ?",
    "2012-03-11T00:00-05",
    &["2012-03-11T01:00-05", "2012-03-11T03:00-04", "2012-03-11T04:00-04", "2012-03-11T05:00-04"]
)]
#[case::before_the_gap("0 0 1 * * ?", "2012-03-11T00:00-05", &["2012-03-11T01:00-05", "2012-03-12T01:00-04"])]
#[case::in_the_gap("0 0 2 * * ?", "2012-03-11T00:00-05", &["2012-03-12T02:00-04"])]
#[case::in_the_gap_once_a_year("0 30 2 11 Mar ?", "2012-03-11T00:00-05", &["2013-03-11T02:30-04"])]
#[case::hourly_in_autumn(
    "0 0 * * * ?",
    "2012-11-04T00:00-04",
    &["2012-11-04T01:00-04", "2012-11-04T01:00-05", "2012-11-04T02:00-05"]
)]
#[case::in_the_repeated_hour(
    "0 0 1 * * ?",
    "2012-11-04T00:00-04",
    &["2012-11-04T01:00-04", "2012-11-04T01:00-05", "2012-11-05T01:00-05"]
)]
#[case::from_within_the_repeated_hour("0 30 1 04 Nov ?", "2012-11-04T01:45-04", &["2012-11-04T01:30-05"])]
#[case::after_the_repeated_hour("0 30 2 04 Nov ?", "2012-11-04T00:00-04", &["2012-11-04T02:30-05"])]
#[case::at_two("0 0 2 * * ?", "2012-11-04T00:00-04", &["2012-11-04T02:00-05", "2012-11-05T02:00-05"])]
#[case::at_three("0 0 3 * * ?", "2012-11-04T00:00-04", &["2012-11-04T03:00-05", "2012-11-05T03:00-05"])]
#[case::monthly("0 0 3 3 * ?", "2012-11-04T00:00-04", &["2012-12-03T03:00-05"])]
fn new_york(#[case] expression: &str, #[case] start: &str, #[case] expected: &[&str]) {
    // The zone may come from the caller or from either prefix.
    assert_runs(expression, &format!("{start}[America/New_York]"), expected);
    for prefix in ["TZ", "CRON_TZ"] {
        let start = format!("{}[UTC]", start.parse::<jiff::Timestamp>().unwrap());
        assert_runs(&format!("{prefix}=America/New_York {expression}"), &start, expected);
    }
}

/// The clock goes forward at midnight on 4 November 2018, and back at midnight on 18 February 2018.
#[rstest]
#[case::past_the_missing_midnight("0 0 9 10 * ?", "2018-10-17T05:00-04", &["2018-11-10T06:00-05"])]
#[case::past_the_repeated_hour("0 0 9 22 * ?", "2018-02-14T05:00-05", &["2018-02-22T07:00-05"])]
#[case::midnight_is_missing("0 0 * * *", "2018-11-02T12:00-03", &["2018-11-03T00:00-03", "2018-11-05T00:00-02"])]
#[case::day_without_midnight("30 * 4 11 *", "2018-11-02T12:00-03", &["2018-11-04T01:30-02", "2018-11-04T02:30-02"])]
#[case::hour_before_midnight_twice(
    "0 23 * * *",
    "2018-02-17T12:00-02",
    &["2018-02-17T23:00-02", "2018-02-17T23:00-03", "2018-02-18T23:00-03"]
)]
#[case::midnight_after_the_repeated_hour("0 0 18 2 *", "2018-02-17T12:00-02", &["2018-02-18T00:00-03"])]
fn sao_paulo(#[case] expression: &str, #[case] start: &str, #[case] expected: &[&str]) {
    let start = format!("{}[UTC]", start.parse::<jiff::Timestamp>().unwrap());
    assert_runs(&format!("TZ=America/Sao_Paulo {expression}"), &start, expected);
}

#[test]
fn berlin_skips_and_repeats_the_hour_after_two() {
    let zone = "[Europe/Berlin]";
    assert_runs(
        "30 2 * * *",
        &format!("2024-03-30T12:00{zone}"),
        &["2024-04-01T02:30+02", "2024-04-02T02:30+02"],
    );
    assert_runs(
        "*/30 * * * *",
        &format!("2024-03-31T01:00{zone}"),
        &["2024-03-31T01:30+01", "2024-03-31T03:00+02"],
    );
    assert_runs(
        "30 2 * * *",
        &format!("2024-10-26T12:00{zone}"),
        &["2024-10-27T02:30+02", "2024-10-27T02:30+01", "2024-10-28T02:30+01"],
    );
}

/// Half an hour: forward at 02:00 on 6 October 2024, back at 02:00 to 01:30 on 7 April 2024.
#[test]
fn lord_howe_moves_by_half_an_hour() {
    let zone = "[Australia/Lord_Howe]";
    assert_runs(
        "0,15,30,45 1-3 6 10 *",
        &format!("2024-10-06T01:40+10:30{zone}"),
        &["2024-10-06T01:45+10:30", "2024-10-06T02:30+11", "2024-10-06T02:45+11", "2024-10-06T03:00+11"],
    );
    assert_runs(
        "45 1 7 4 *",
        &format!("2024-04-06T12:00{zone}"),
        &["2024-04-07T01:45+11", "2024-04-07T01:45+10:30"],
    );
    assert_runs(
        "15 1 7 4 *",
        &format!("2024-04-06T12:00{zone}"),
        &["2024-04-07T01:15+11", "2025-04-07T01:15+10:30"],
    );
    // Robfig's walk by whole hours comes to 08:30 that morning, and so waits for the next day.
    assert_runs(
        "0 8 * * *",
        &format!("2024-10-06T00:00{zone}"),
        &["2024-10-06T08:00+11", "2024-10-07T08:00+11"],
    );
}

/// Midnight goes missing east of Greenwich: Cairo on 26 April 2024, Beirut on 31 March 2024, Tehran on 22
/// March 2021.
#[rstest]
#[case::cairo("Africa/Cairo", "0 12 26 4 *", "2024-04-20T00:00", &["2024-04-26T12:00+03"])]
#[case::cairo_midnight("Africa/Cairo", "@daily", "2024-04-25T12:00", &["2024-04-27T00:00+03"])]
#[case::cairo_back("Africa/Cairo", "30 23 * * *", "2024-10-31T12:00", &["2024-10-31T23:30+03", "2024-10-31T23:30+02"])]
#[case::beirut("Asia/Beirut", "0 12 31 3 *", "2024-03-20T00:00", &["2024-03-31T12:00+03"])]
#[case::tehran("Asia/Tehran", "30 1 22 3 *", "2021-03-01T00:00", &["2021-03-22T01:30+04:30"])]
#[case::tehran_midnight("Asia/Tehran", "@daily", "2021-03-21T12:00", &["2021-03-23T00:00+04:30"])]
fn a_day_without_midnight_still_counts(
    #[case] zone: &str,
    #[case] expression: &str,
    #[case] start: &str,
    #[case] expected: &[&str],
) {
    assert_runs(expression, &format!("{start}[{zone}]"), expected);
}

/// Apia had no 30 December 2011 at all.
#[test]
fn a_missing_day_has_no_runs() {
    assert_runs(
        "0 6 * * *",
        "2011-12-29T00:00[Pacific/Apia]",
        &["2011-12-29T06:00-10", "2011-12-31T06:00+14"],
    );
    assert!(
        schedule("0 6 30 12 *").next_after(&moment("2011-12-29T00:00[Pacific/Apia]")).unwrap().year() == 2012
    );
}

/// A delay is time that passes, not time on the wall.
#[test]
fn every_does_not_look_at_the_wall_clock() {
    assert_runs(
        "@every 1h",
        "2012-03-11T00:30-05[America/New_York]",
        &["2012-03-11T01:30-05", "2012-03-11T03:30-04", "2012-03-11T04:30-04"],
    );
}
