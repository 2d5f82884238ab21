//! Whether a schedule is due at a given moment: the facts of robfig/cron v3's `TestActivation`.

use jiff::ToSpan;
use rstest::rstest;

use super::{moment, schedule};

/// Due at a moment means: the next run after the second before it.
fn is_due(expression: &str, at: &str) -> bool {
    let at = moment(&format!("{at}[UTC]"));
    schedule(expression).next_after(&(&at - 1.second())) == Some(at)
}

#[rstest]
#[case::every_quarter("0/15 * * * *", &["2012-07-09T15:00", "2012-07-09T15:45"], &["2012-07-09T15:40"])]
#[case::quarters_from_five(
    "5/15 * * * *",
    &["2012-07-09T15:05", "2012-07-09T15:20", "2012-07-09T15:50"],
    &["2012-07-09T15:00"]
)]
#[case::in_july("0/15 * * Jul *", &["2012-07-15T15:00"], &["2012-06-15T15:00"])]
#[case::in_june("0/15 * * Jun *", &["2012-06-15T15:00"], &["2012-07-15T15:00"])]
#[case::by_weekday("30 08 ? Jul Sun", &["2012-07-15T08:30"], &["2012-07-16T08:30"])]
#[case::by_date("30 08 15 Jul ?", &["2012-07-15T08:30"], &["2012-07-16T08:30"])]
#[case::hourly("@hourly", &["2012-07-09T15:00"], &["2012-07-09T15:04"])]
#[case::daily("@daily", &["2012-07-09T00:00"], &["2012-07-09T15:00"])]
#[case::weekly("@weekly", &["2012-07-08T00:00"], &["2012-07-09T00:00", "2012-07-08T01:00"])]
#[case::monthly("@monthly", &["2012-07-01T00:00"], &["2012-07-08T00:00"])]
fn is_due_when_the_fields_fit(#[case] expression: &str, #[case] due: &[&str], #[case] not_due: &[&str]) {
    for at in due {
        assert!(is_due(expression, at), "{expression} at {at}");
    }
    for at in not_due {
        assert!(!is_due(expression, at), "{expression} at {at}");
    }
}

/// 15 July 2012 and 8 July 2012 are Sundays, 15 June 2012 a Friday, 1 August 2012 a Wednesday, 9 July 2012 a
/// Monday.
#[rstest]
#[case::both_restricted_either_is_enough(
    "* * 1,15 * Sun",
    &["2012-07-15T00:00", "2012-06-15T00:00", "2012-08-01T00:00", "2012-07-08T00:00"],
    &["2012-07-09T00:00"]
)]
#[case::star_by_date_leaves_it_to_the_weekday("* * * * Mon", &["2012-07-09T00:00"], &["2012-07-15T00:00"])]
#[case::star_by_weekday_leaves_it_to_the_date(
    "* * 1,15 * *",
    &["2012-07-15T00:00"],
    &["2012-07-09T00:00"]
)]
#[case::star_with_step_is_a_restriction(
    "* * */10 * Sun",
    &["2012-07-15T00:00", "2012-07-11T00:00"],
    &["2012-07-10T00:00"]
)]
#[case::star_with_step_by_two("* * */2 * Sun", &["2012-07-15T00:00", "2012-07-08T00:00"], &["2012-07-10T00:00"])]
#[case::star_with_step_of_one_is_a_star("* * */1 * Sun", &["2012-07-15T00:00"], &["2012-07-10T00:00"])]
#[case::star_among_others_is_a_star("* * 3,* * Sun", &["2012-07-15T00:00"], &["2012-07-10T00:00"])]
#[case::full_range_is_not_a_star("* * 1-31 * Sun", &["2012-07-15T00:00", "2012-07-10T00:00"], &[])]
fn the_two_day_fields_combine(#[case] expression: &str, #[case] due: &[&str], #[case] not_due: &[&str]) {
    is_due_when_the_fields_fit(expression, due, not_due);
}
