//! Readers of single values, each with a message that says what would do.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use podfs_remote::open::Engine;
use podfs_sync::Fidelity;
use podfs_sync::schedule::parse_duration;
use tracing::Level;

/// The most files under way at once: beyond this, memory and open files grow and nothing gets faster.
const MOST_TRANSFERS: usize = 1_024;
const A_DAY: u64 = 86_400;
const A_WEEK_OF_MINUTES: u64 = 7 * 24 * 60;
const SHORTEST_RESCAN: Duration = Duration::from_secs(60);
const LONGEST_RESCAN: Duration = Duration::from_secs(7 * A_DAY);

/// `--transfers`.
pub(super) fn transfers(text: &str) -> Result<std::num::NonZeroUsize, String> {
    match text.parse::<std::num::NonZeroUsize>() {
        Ok(number) if number.get() <= MOST_TRANSFERS => Ok(number),
        _ => Err(format!("give a number from 1 to {MOST_TRANSFERS}")),
    }
}

/// `--timeout`.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds @ 1..=A_DAY) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("give whole seconds from 1 to {A_DAY}")),
    }
}

/// `--drain-seconds`.
pub(super) fn drain(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds @ 0..=600) => Ok(Duration::from_secs(seconds)),
        _ => Err("give whole seconds from 0 to 600".into()),
    }
}

/// `--list-every`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "give a duration such as `90s`, `15m` or `24h`".into())
}

/// `--fsnotify`.
pub(super) fn minutes(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(minutes @ 0..=A_WEEK_OF_MINUTES) => Ok(Duration::from_secs(60 * minutes)),
        _ => Err(format!("give whole minutes from 0 to {A_WEEK_OF_MINUTES}")),
    }
}

/// `--rescan-every`.
pub(super) fn rescan(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|duration| (SHORTEST_RESCAN..=LONGEST_RESCAN).contains(duration))
        .ok_or_else(|| "give a duration from `1m` to `168h`, such as `30m` or `1h30m`".into())
}

/// `--count`.
pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(number @ 1..=1_000) => Ok(number),
        _ => Err("give a number from 1 to 1000".into()),
    }
}

/// Any path but an empty one, which is what a variable that was never filled leaves behind.
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("give a path".into()) } else { Ok(text.into()) }
}

/// Log levels, by their own names and those of the predecessor's library.
pub(super) fn level(text: &str) -> Result<Level, String> {
    match text.to_ascii_lowercase().as_str() {
        "error" | "fatal" | "panic" => Ok(Level::ERROR),
        "warn" | "warning" => Ok(Level::WARN),
        "info" => Ok(Level::INFO),
        "debug" => Ok(Level::DEBUG),
        "trace" => Ok(Level::TRACE),
        _ => Err("give `error`, `warn`, `info`, `debug` or `trace`".into()),
    }
}

/// `--fidelity`.
pub(super) fn fidelity() -> impl TypedValueParser<Value = Fidelity> {
    PossibleValuesParser::new(["possible", "strict"])
        .map(|name| if name == "strict" { Fidelity::Strict } else { Fidelity::Possible })
}

/// `--engine`.
pub(super) fn engine() -> impl TypedValueParser<Value = Engine> {
    PossibleValuesParser::new(["auto", "native", "rclone"]).try_map(|name| name.parse::<Engine>())
}

/// What goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people.
    Text,
    /// One JSON document a run, and nothing else.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(transfers("16").map(std::num::NonZeroUsize::get), Ok(16));
        assert_eq!(seconds("86400"), Ok(Duration::from_secs(86_400)));
        for bad in ["0", "-1", "1025", "", "ten", "1.5"] {
            assert!(transfers(bad).is_err(), "{bad}");
        }
        for bad in ["0", "86401", "1m", ""] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_have_bounds() {
        assert_eq!(minutes("0"), Ok(Duration::ZERO));
        assert_eq!(minutes("5"), Ok(Duration::from_secs(300)));
        assert_eq!(rescan("1h30m"), Ok(Duration::from_secs(5_400)));
        for bad in ["-1", "", "1.5", "5m", "10081", "99999999999999999999"] {
            assert!(minutes(bad).is_err(), "{bad}");
        }
        for bad in ["0", "59s", "-1h", "3600", "169h", "hourly", ""] {
            assert!(rescan(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn levels_of_the_predecessor_are_known() {
        assert_eq!(level("WARNING"), Ok(Level::WARN));
        assert_eq!(level("panic"), Ok(Level::ERROR));
        assert!(level("loud").is_err());
    }
}
