//! Which expressions are read, and which of them mean the same.

use rstest::rstest;

use super::{moment, schedule};
use crate::schedule::Schedule;

/// Two ways to write one schedule, compared by what they do.
#[rstest]
#[case::seconds_default_to_zero("5 * * * *", "0 5 * * * *")]
#[case::yearly("@yearly", "0 0 1 1 *")]
#[case::annually("@annually", "@yearly")]
#[case::monthly("@monthly", "0 0 1 * *")]
#[case::weekly("@weekly", "0 0 * * 0")]
#[case::daily("@daily", "0 0 * * *")]
#[case::midnight("@midnight", "@daily")]
#[case::hourly("@hourly", "0 * * * *")]
#[case::question_mark("0 0 ? * ?", "0 0 * * *")]
#[case::step_from_star("*/20 * * * *", "0,20,40 * * * *")]
#[case::step_from_value_runs_to_the_maximum("5/15 * * * *", "5,20,35,50 * * * *")]
#[case::step_of_one_from_value("57/1 * * * *", "57-59 * * * *")]
#[case::step_in_range("3-59/15 * * * *", "3,18,33,48 * * * *")]
#[case::step_past_the_end("10-20/30 * * * *", "10 * * * *")]
#[case::step_past_all_numbers("7/18446744073709551616 * * * *", "7 * * * *")]
#[case::range_of_one("5-5 * * * *", "5 * * * *")]
#[case::list_of_all_kinds("1,5-7/2,3,50/4 * * * *", "1,3,5,7,50,54,58 * * * *")]
#[case::list_with_gaps(",1,,2, * * * *", "1,2 * * * *")]
#[case::leading_zeros_and_plus("05 +08 * * *", "5 8 * * *")]
#[case::month_names("0 0 1 jan,FEB,Mar-May *", "0 0 1 1-5 *")]
#[case::weekday_names("0 0 * * mon-FRI,Sat", "0 0 * * 1-6")]
#[case::weekday_name_with_step("0 0 * * Mon/2", "0 0 * * 1,3,5")]
#[case::zone_prefixes("TZ=Asia/Tokyo 5 4 * * *", "CRON_TZ=Asia/Tokyo 5 4 * * *")]
#[case::zone_before_descriptor("TZ=Asia/Tokyo   @daily", "TZ=Asia/Tokyo 0 0 * * *")]
#[case::empty_zone_is_utc("TZ= 5 4 * * *", "TZ=UTC 5 4 * * *")]
#[case::local_zone_is_the_callers("TZ=Local 5 4 * * *", "5 4 * * *")]
#[case::zone_means_nothing_to_a_delay("TZ=Asia/Tokyo @every 5m", "@every 5m")]
#[case::space_around("  \t5  4 *\t* *\n", "5 4 * * *")]
#[case::every_less_than_a_second("@every 15ms", "@every 1s")]
#[case::every_loses_what_is_below_a_second("@every 1m1.999s", "@every 61s")]
#[case::every_in_go_units("@every 0.5h90000ms30000000us1ns", "@every 32m")]
fn means_the_same(#[case] left: &str, #[case] right: &str) {
    for start in ["2024-02-27T23:59:58.25[Europe/Berlin]", "2023-12-31T12:34:56[America/New_York]"] {
        let start = moment(start);
        let runs = |expression| schedule(expression).upcoming(&start).take(40).collect::<Vec<_>>();
        let left = runs(left);
        assert!(left.len() >= 3, "the comparison must see some runs");
        assert_eq!(left, runs(right));
    }
}

#[test]
fn a_zone_prefix_is_heeded() {
    let start = moment("2024-05-01T00:00[Europe/Berlin]");
    let there = schedule("CRON_TZ=Asia/Tokyo @daily").next_after(&start).unwrap();
    let here = schedule("@daily").next_after(&start).unwrap();
    assert_eq!(there.to_string(), "2024-05-01T17:00:00+02:00[Europe/Berlin]");
    assert_eq!(here.to_string(), "2024-05-02T00:00:00+02:00[Europe/Berlin]");
}

#[test]
fn without_a_prefix_the_offset_of_the_caller_counts() {
    // Rows of robfig's table about zones: the time of day is that of the time given.
    for start in ["2016-01-03T13:09:03", "2016-01-03T04:09:03", "2016-01-03T14:09:03", "2016-01-03T14:00:00"]
    {
        for expression in ["14 14 * * *", "14 14 * * ?"] {
            let next = schedule(expression).next_after(&moment(&format!("{start}+05:30[+05:30]"))).unwrap();
            assert_eq!(next, moment("2016-01-03T14:14:00+05:30[+05:30]"));
        }
    }
}

#[test]
fn is_shown_and_read_back_as_written() {
    let expression = "CRON_TZ=Europe/Berlin */5 * * * MON";
    let read: Schedule = format!(" {expression}\n").parse().unwrap();
    assert_eq!(read.to_string(), expression);
    assert_eq!(read.to_string().parse::<Schedule>().unwrap(), read);
}

/// 2100 has no leap day, and from 2096 the search does not reach 2104.
#[test]
fn upcoming_ends_with_the_schedule() {
    let leap_day = schedule("0 0 29 2 *");
    let mut runs = leap_day.upcoming(&moment("2090-01-01T00:00[UTC]"));
    assert_eq!(runs.by_ref().map(|run| run.year()).collect::<Vec<_>>(), [2092, 2096]);
    assert_eq!(runs.next(), None);
}

#[test]
fn the_ends_of_time_are_harmless() {
    use jiff::{Timestamp, tz::TimeZone};
    for end in [Timestamp::MIN, Timestamp::MAX] {
        for zone in ["UTC", "America/New_York", "Pacific/Kiritimati"] {
            let end = end.to_zoned(TimeZone::get(zone).unwrap());
            for expression in ["@every 1h", "* * * * * *", "@yearly", "0 0 30 2 *"] {
                let next = schedule(expression).next_after(&end);
                assert!(next.is_none_or(|next| next > end), "{expression} {end}");
            }
        }
    }
}
