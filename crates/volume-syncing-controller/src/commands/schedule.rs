//! The answer to `schedule next`.

use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use podfs_sync::schedule::Schedule;

use crate::cli::Next;
use crate::exit::Exit;
use crate::failure::Failure;

/// The coming times, one a line.
pub(super) fn next(question: &Next) -> Result<String, Failure> {
    let schedule = Schedule::parse(&question.expression).map_err(Failure::configuration)?;
    let from = question.from.as_deref().map_or_else(|| Ok(Zoned::now()), start)?;
    let times: Vec<String> = schedule.upcoming(&from).take(question.count).map(|time| show(&time)).collect();
    if times.is_empty() {
        return Err(Failure::new(
            Exit::Failed,
            anyhow::anyhow!("this schedule does not come due in the next years"),
        ));
    }
    Ok(times.join("\n"))
}

/// The zone of the process, also when `text` has an offset of its own: that is where a schedule without a zone runs.
fn start(text: &str) -> Result<Zoned, Failure> {
    let time: Timestamp = text.parse().map_err(|_| {
        Failure::configuration(format!(
            "`--from {text}` is no RFC 3339 time; write it like 2026-03-29T00:00:00Z"
        ))
    })?;
    Ok(time.to_zoned(TimeZone::system()))
}

/// RFC 3339 with the offset that holds there at that time.
fn show(time: &Zoned) -> String {
    let printer = DateTimePrinter::new();
    printer.timestamp_with_offset_to_string(&time.timestamp(), time.offset())
}
