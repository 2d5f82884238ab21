//! The API server's idea of a schedule and our reader's must fit together.

use podfs_api::rules::SCHEDULE_PATTERN;
use podfs_sync::schedule::Schedule;
use proptest::prelude::*;
use regex::Regex;

const ACCEPTED: [&str; 14] = [
    "* * * * *",
    "0 30 * * * *",
    "@every 15m",
    "@every 1h30m",
    "@every 1.5h",
    "@every .5h",
    "@daily",
    "@midnight",
    "@hourly",
    "CRON_TZ=Europe/Warsaw 0 3 * * MON-FRI",
    "TZ=UTC @daily",
    "0,15,30 */2 1-7 JAN ?",
    " @every  5m ",
    "TZ= 0 3 * * *",
];
const REFUSED: [&str; 11] = [
    "",
    "daily",
    "@Daily",
    "@every",
    "@every 5",
    "@every 5 m",
    "* * * *",
    "* * * * * * *",
    "@reboot",
    "TZ=UTC",
    "5m",
];

fn pattern() -> Regex {
    Regex::new(SCHEDULE_PATTERN).unwrap()
}

#[test]
fn the_server_takes_what_the_reader_takes_and_refuses_nonsense() {
    for schedule in ACCEPTED {
        assert!(Schedule::parse(schedule).is_ok(), "{schedule}");
        assert!(pattern().is_match(schedule), "{schedule}");
    }
    for schedule in REFUSED {
        assert!(Schedule::parse(schedule).is_err(), "{schedule}");
        assert!(!pattern().is_match(schedule), "{schedule}");
    }
}

proptest! {
    #[test]
    fn the_server_never_refuses_what_the_reader_takes(
        schedule in "(CRON_TZ=|TZ=)?(UTC|Europe/Paris|Local)? ?((([0-9*?,/-]|MON|jan){1,4} ){3,5}[0-9*?]{1,2}|@(every|daily|hourly|yearly) ?([0-9.]{1,3}(h|m|s|ms|us|µs|x)){0,2})"
    ) {
        prop_assert!(Schedule::parse(&schedule).is_err() || pattern().is_match(&schedule), "{}", schedule);
    }
}
