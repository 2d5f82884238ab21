//! The runs that follow a moment, away from changes of the clock: the facts of robfig/cron v3's `TestNext`
//! and `TestConstantDelayNext`.

use rstest::rstest;

use super::{assert_runs, moment, schedule};

#[rstest]
#[case("2012-07-09T14:45", "0 0/15 * * * *", "2012-07-09T15:00")]
#[case("2012-07-09T14:59", "0 0/15 * * * *", "2012-07-09T15:00")]
#[case("2012-07-09T14:59:59", "0 0/15 * * * *", "2012-07-09T15:00")]
#[case::next_hour("2012-07-09T15:45", "0 20-35/15 * * * *", "2012-07-09T16:20")]
#[case::next_day("2012-07-09T23:46", "0 */15 * * * *", "2012-07-10T00:00")]
#[case::next_day("2012-07-09T23:45", "0 20-35/15 * * * *", "2012-07-10T00:20")]
#[case::next_day("2012-07-09T23:35:51", "15/35 20-35/15 * * * *", "2012-07-10T00:20:15")]
#[case::next_day("2012-07-09T23:35:51", "15/35 20-35/15 1/2 * * *", "2012-07-10T01:20:15")]
#[case::next_day("2012-07-09T23:35:51", "15/35 20-35/15 10-12 * * *", "2012-07-10T10:20:15")]
#[case::odd_days("2012-07-09T23:35:51", "15/35 20-35/15 1/2 */2 * *", "2012-07-11T01:20:15")]
#[case::day_range("2012-07-09T23:35:51", "15/35 20-35/15 * 9-20 * *", "2012-07-10T00:20:15")]
#[case::day_range_in_july("2012-07-09T23:35:51", "15/35 20-35/15 * 9-20 Jul *", "2012-07-10T00:20:15")]
#[case::next_month("2012-07-09T23:35", "0 0 0 9 Apr-Oct ?", "2012-08-09T00:00")]
#[case::next_month_either_day("2012-07-09T23:35", "0 0 0 */5 Apr,Aug,Oct Mon", "2012-08-01T00:00")]
#[case::later_month_either_day("2012-07-09T23:35", "0 0 0 */5 Oct Mon", "2012-10-01T00:00")]
#[case::next_year("2012-07-09T23:35", "0 0 0 * Feb Mon", "2013-02-04T00:00")]
#[case::next_year_every_other_weekday("2012-07-09T23:35", "0 0 0 * Feb Mon/2", "2013-02-01T00:00")]
#[case::all_fields_turn_over("2012-12-31T23:59:45", "0 * * * * *", "2013-01-01T00:00")]
#[case::leap_day("2012-07-09T23:35", "0 0 0 29 Feb ?", "2016-02-29T00:00")]
fn follows(#[case] start: &str, #[case] expression: &str, #[case] expected: &str) {
    let expected = moment(&format!("{expected}[UTC]"));
    assert_eq!(schedule(expression).next_after(&moment(&format!("{start}[UTC]"))), Some(expected));
}

#[rstest]
#[case::no_such_day_in_february("0 0 0 30 Feb ?")]
#[case::no_such_day_in_april("0 0 0 31 Apr ?")]
fn never_follows(#[case] expression: &str) {
    assert_eq!(schedule(expression).next_after(&moment("2012-07-09T23:35[UTC]")), None);
}

#[test]
fn the_search_ends_with_the_fifth_year() {
    // From 2099 on the next leap day is in 2104: the fifth year still counts, the sixth does not.
    let leap_day = schedule("0 0 29 2 *");
    assert!(leap_day.next_after(&moment("2099-01-01T00:00[UTC]")).is_some());
    assert!(leap_day.next_after(&moment("2098-12-31T23:59:58[UTC]")).is_none());
    // The second after the given time decides which year it is, as in robfig/cron.
    assert!(leap_day.next_after(&moment("2098-12-31T23:59:59[UTC]")).is_some());
}

#[test]
fn parts_of_a_second_are_dropped() {
    assert_runs("* * * * * *", "2024-05-01T00:00:00.999999999[UTC]", &["2024-05-01T00:00:01Z"]);
    assert_runs(
        "* * * * * *",
        "1969-12-31T23:59:58.5[UTC]",
        &["1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"],
    );
}

#[rstest]
#[case("2012-07-09T14:45", "15m50ns", "2012-07-09T15:00")]
#[case("2012-07-09T14:59", "15m", "2012-07-09T15:14")]
#[case("2012-07-09T14:59:59", "15m", "2012-07-09T15:14:59")]
#[case::next_hour("2012-07-09T15:45", "35m", "2012-07-09T16:20")]
#[case::next_day("2012-07-09T23:46", "14m", "2012-07-10T00:00")]
#[case::next_day("2012-07-09T23:45", "35m", "2012-07-10T00:20")]
#[case::with_seconds("2012-07-09T23:35:51", "44m24s", "2012-07-10T00:20:15")]
#[case::more_than_a_day("2012-07-09T23:35:51", "25h44m24s", "2012-07-11T01:20:15")]
#[case::months("2012-07-09T23:35", "2184h25m", "2012-10-09T00:00")]
#[case::next_year("2012-12-31T23:59:45", "15s", "2013-01-01T00:00")]
#[case::at_least_a_second("2012-07-09T14:45", "15ms", "2012-07-09T14:45:01")]
#[case::start_is_rounded("2012-07-09T14:45:00.005", "15m", "2012-07-09T15:00")]
#[case::both_are_rounded("2012-07-09T14:45:00.005", "15m50ns", "2012-07-09T15:00")]
fn every_adds_the_delay(#[case] start: &str, #[case] delay: &str, #[case] expected: &str) {
    let next = schedule(&format!("@every {delay}")).next_after(&moment(&format!("{start}[UTC]")));
    assert_eq!(next, Some(moment(&format!("{expected}[UTC]"))));
}
