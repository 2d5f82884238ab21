//! Schedules, and the durations in them, as a user writes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use podfs_sync::schedule::Schedule;

use super::texts;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "schedule", run, samples };

/// A few days before the clocks of Berlin go back in 2026.
const NOW: i64 = 1_792_500_000;

fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let schedule = match Schedule::parse(text) {
        Ok(schedule) => schedule,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert_eq!(Schedule::parse(&schedule.to_string()).as_ref(), Ok(&schedule), "what we write can be read");
    let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_second(NOW).unwrap().to_zoned(zone);
    let due: Vec<_> = schedule.upcoming(&now).take(3).collect();
    assert!(due.iter().all(|due| *due > now), "not after now: {due:?}");
    assert!(due.is_sorted_by(|left, right| left < right), "not one after the other: {due:?}");
    if let Some(first) = due.first() {
        let next = schedule.after_run(first, first);
        assert!(!format!("{next:?}").is_empty());
    }
}

fn samples() -> Vec<Vec<u8>> {
    texts(&[
        "*/15 0,12-14/2 1-7,L ? * MON-FRI",
        "0 30 2 29 FEB *",
        "CRON_TZ=Australia/Lord_Howe 0 2 * * 0",
        "TZ=UTC @weekly",
        "@every 1h30m",
        "@every 1.5h2m3.25s4ms5us6µs7ns",
        "5 4 * * *",
    ])
}
