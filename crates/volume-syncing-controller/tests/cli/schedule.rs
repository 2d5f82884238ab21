//! `schedule next`, and syncs with a schedule that cannot be read.

use crate::program::{World, run};

fn next(arguments: &[&str]) -> (Option<i32>, Vec<String>, String) {
    let done = run(&mut World::new().command(&[&["schedule", "next"], arguments].concat()));
    (done.code, done.stdout.lines().map(str::to_owned).collect(), done.stderr)
}

#[test]
fn next_prints_one_time_a_line() {
    let (code, times, _) = next(&["0 3 * * *", "--from", "2026-01-01T02:00:00Z", "--count", "2"]);
    assert_eq!(code, Some(0));
    assert_eq!(times, ["2026-01-01T03:00:00+00:00", "2026-01-02T03:00:00+00:00"]);
}

#[test]
fn five_times_unless_told_otherwise() {
    assert_eq!(next(&["@hourly"]).1.len(), 5);
}

#[test]
fn a_bad_expression_is_shown_with_a_caret() {
    let (code, times, error) = next(&["61 * * * *"]);
    assert_eq!((code, times.len()), (Some(2), 0));
    assert!(error.starts_with("error: ") && error.contains("61 * * * *") && error.contains('^'), "{error}");
}

#[test]
fn a_bad_start_is_refused() {
    let (code, _, error) = next(&["@daily", "--from", "tomorrow"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("tomorrow") && error.contains("RFC 3339"), "{error}");
}

#[test]
fn a_schedule_that_never_comes_due_is_an_error() {
    assert_eq!(next(&["0 0 30 2 *"]).0, Some(1));
}

#[test]
fn a_sync_with_a_bad_schedule_starts_nothing() {
    let world = World::new();
    let done = run(&mut world.scheduled("@every", &[]));
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains('^'), "{}", done.stderr);
    assert!(!world.path("pid").exists() && !world.path("state").exists());
}
