//! What a bad schedule says.

use rstest::rstest;

use crate::schedule::{Field, Problem, Schedule};

const FORMS: &str = "5 fields (minute, hour, day of month, month, day of week), 6 fields (second first), or a descriptor such as @daily or @every 1h30m";

fn refusal(expression: &str) -> String {
    Schedule::parse(expression).expect_err(expression).to_string()
}

/// The line of carets is written with the dots it stands below, so that the columns can be seen.
#[rstest]
#[case("61 * * * *", "^^........", "minute 61 is out of range (0-59)")]
#[case("60 0 * * * *", "^^..........", "second 60 is out of range (0-59)")]
#[case("0 60 * * * *", "..^^........", "minute 60 is out of range (0-59)")]
#[case("* 24 * * *", "..^^......", "hour 24 is out of range (0-23)")]
#[case("* * 0 * *", "....^....", "day of month 0 is out of range (1-31)")]
#[case("* * 3,1-32/2 * *", "........^^......", "day of month 32 is out of range (1-31)")]
#[case("* * * 13 *", "......^^..", "month 13 is out of range (1-12 or JAN-DEC)")]
#[case("* * * * 7", "........^", "day of week 7 is out of range (0-6 or SUN-SAT, Sunday is 0)")]
#[case(
    "99999999999999999999 * * * *",
    "^^^^^^^^^^^^^^^^^^^^........",
    "minute 99999999999999999999 is out of range (0-59)"
)]
#[case("5 j * * *", "..^......", "hour 'j' is not a number (0-23)")]
#[case("* * * foo *", "......^^^..", "month 'foo' is not a number or name (1-12 or JAN-DEC)")]
#[case(
    "0 0 * * XYZ",
    "........^^^",
    "day of week 'XYZ' is not a number or name (0-6 or SUN-SAT, Sunday is 0)"
)]
#[case("0 0 L * *", "....^....", "day of month 'L' is not a number (1-31)")]
#[case(
    "0 0 * * 1#2",
    "........^^^",
    "day of week '1#2' is not a number or name (0-6 or SUN-SAT, Sunday is 0)"
)]
#[case("2-x * * * *", "..^........", "minute 'x' is not a number (0-59)")]
#[case("5- * * * *", "^^........", "minute lacks a value next to '-' or '/' (0-59)")]
#[case("-5 * * * *", "^^........", "minute lacks a value next to '-' or '/' (0-59)")]
#[case("1,5--5 * * * *", "..^^^^........", "minute has more than one '-' in a range (0-59)")]
#[case(
    "*-5 * * * *",
    "^^^........",
    "minute range starts with a star; write '*' or a range of values (0-59)"
)]
#[case("* 22-4 * * *", "..^^^^......", "hour range 22-4 runs backwards; write 22-23,0-4")]
#[case("* * * * fri-mon", "........^^^^^^^", "day of week range 5-1 runs backwards; write 5-6,0-1")]
#[case(
    "*//2 * * * *",
    "^^^^........",
    "minute has more than one '/' in an entry; a step is written once, as in */5"
)]
#[case("15/0 * * * *", "...^........", "minute step '0' is not a number of 1 or more")]
#[case("*/-12 * * * *", "..^^^........", "minute step '-12' is not a number of 1 or more")]
#[case("*/x * * * *", "..^........", "minute step 'x' is not a number of 1 or more")]
#[case("*/ * * * *", "^^........", "minute lacks a step after '/'; write a number of 1 or more, as in */5")]
#[case("/5 * * * *", "^^........", "minute lacks a value next to '-' or '/' (0-59)")]
#[case(", * * * *", "^........", "minute has no value (0-59)")]
#[case(
    "@Daily",
    "^^^^^^",
    "'@Daily' is unknown; write @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or @every <duration>"
)]
#[case(
    "TZ=UTC  @reboot now",
    "........^^^^^^^^^^^",
    "'@reboot now' is unknown; write @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or @every <duration>"
)]
#[case("@every", "^^^^^^", "@every lacks a duration; write one such as @every 1h30m")]
#[case(
    "@every Xm",
    ".......^^",
    "duration 'Xm' cannot be read; write numbers with units (h, m, s, ms, us, ns), such as 90s or 1h30m"
)]
#[case(
    "@every 1d",
    ".......^^",
    "duration '1d' cannot be read; write numbers with units (h, m, s, ms, us, ns), such as 90s or 1h30m"
)]
#[case("@every 0s", ".......^^", "duration '0s' is not positive; the shortest delay is 1s")]
#[case("TZ=UTC @every -5m", "..............^^^", "duration '-5m' is not positive; the shortest delay is 1s")]
#[case("@every 2562048h", ".......^^^^^^^^", "duration '2562048h' is too long; at most about 292 years")]
#[case(
    "CRON_TZ=Mars/Base 5 * * * *",
    "........^^^^^^^^^..........",
    "time zone 'Mars/Base' is unknown; write a name such as Europe/Berlin or UTC"
)]
#[case(" 5 * é * *\t", ".....^....", "day of month 'é' is not a number (1-31)")]
fn points_at_the_bad_part(#[case] expression: &str, #[case] carets: &str, #[case] message: &str) {
    let refused = refusal(expression);
    let lines: Vec<_> = refused.lines().collect();
    let [said, shown, marked] = lines.as_slice() else { panic!("{refused}") };
    assert_eq!(*said, format!("bad schedule: {message}"));
    assert_eq!(*shown, format!("  {}", expression.trim_end()));
    assert_eq!(*marked, format!("  {}", carets.trim_end_matches('.').replace('.', " ")));
}

#[rstest]
#[case("xyz", "^^^", "found 1 field")]
#[case("* * * *", "^^^^^^^", "found 4 fields")]
#[case("TZ=UTC * * * * * * *", ".......^^^^^^^^^^^^^", "found 7 fields")]
#[case("CRON_TZ=UTC", "^^^^^^^^^^^", "no schedule follows the time zone")]
fn tells_which_forms_exist(#[case] expression: &str, #[case] carets: &str, #[case] problem: &str) {
    let after = if expression == "CRON_TZ=UTC" { " after it" } else { "" };
    points_at_the_bad_part(expression, carets, &format!("{problem}; write {FORMS}{after}"));
}

#[test]
fn nothing_is_shown_where_nothing_is_written() {
    for blank in ["", " ", "\t\n"] {
        assert_eq!(refusal(blank), format!("bad schedule: it is empty; write {FORMS}"));
    }
}

#[test]
fn a_text_past_all_measure_is_not_repeated() {
    let refused = refusal(&"1,".repeat(600));
    assert_eq!(refused, "bad schedule: it is 1200 bytes long, more than 1000");
}

#[test]
fn the_longest_sensible_expression_is_read() {
    let list = |from: u8, to: u8| (from..=to).map(|value| value.to_string()).collect::<Vec<_>>().join(",");
    let months = "JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC";
    let expression = format!(
        "CRON_TZ=UTC {} {} {} {} {months} {}",
        list(0, 59),
        list(0, 59),
        list(0, 23),
        list(1, 31),
        list(0, 6)
    );
    assert!(Schedule::parse(&expression).is_ok());
}

#[test]
fn the_problem_and_its_place_can_be_asked_for() {
    let error = Schedule::parse("* 24 * * *").unwrap_err();
    assert_eq!(error.problem(), &Problem::OutOfRange { field: Field::Hour, text: "24".to_owned() });
    assert_eq!(error.span(), 2..4);
}

#[test]
fn the_whole_message_reads_like_this() {
    assert_eq!(refusal("61 * * * *"), "bad schedule: minute 61 is out of range (0-59)\n  61 * * * *\n  ^^");
}
