//! Log lines on standard error, as text or as one JSON object a line.

use std::io::{self, IsTerminal as _, Write};

use indicatif::MultiProgress;
use tracing::Level;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The crates whose log lines are ours. Those of libraries may show headers and keys below `warn`.
const OURS: [&str; 4] = ["volume_syncing_controller", "podfs_sync", "podfs_remote", "podfs_operator"];

/// How to log.
#[derive(Debug)]
pub(super) struct Logging {
    pub(super) level: Level,
    pub(super) json: bool,
    /// A line that scrolls by on a terminal needs no time; one in a log does.
    pub(super) with_time: bool,
}

/// Starts logging, around the progress bars if there are any.
pub(super) fn start(logging: &Logging, bars: &MultiProgress) {
    let lines = AroundBars { bars: bars.clone() };
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let layer = fmt::layer().with_writer(lines).with_target(false).with_ansi(colours && !logging.json);
    let layer = match (logging.json, logging.with_time) {
        (true, _) => layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
        (false, true) => layer.boxed(),
        (false, false) => layer.without_time().boxed(),
    };
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter(logging.level))).try_init();
}

/// Starts logging for a command that shows no progress.
pub(crate) fn start_logging(level: Level, json: bool) {
    start_without_bars(&Logging { level, json, with_time: false });
}

/// Starts logging for a command that stays.
pub(crate) fn start_service_logging(level: Level, json: bool) {
    start_without_bars(&Logging { level, json, with_time: true });
}

fn start_without_bars(logging: &Logging) {
    start(logging, &MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::hidden()));
}

fn filter(level: Level) -> Targets {
    let others = level.min(Level::WARN);
    let all = Targets::new().with_default(LevelFilter::from_level(others));
    all.with_targets(OURS.map(|target| (target, LevelFilter::from_level(level))))
}

/// Writes each line while the bars are away for an instant.
#[derive(Debug, Clone)]
struct AroundBars {
    bars: MultiProgress,
}

impl<'a> MakeWriter<'a> for AroundBars {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

impl Write for AroundBars {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().lock().write_all(line)).map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_stay_quiet_whatever_the_level() {
        let filter = filter(Level::TRACE);
        assert!(filter.would_enable("podfs_remote::s3", &Level::TRACE));
        assert!(!filter.would_enable("reqsign_aws_v4", &Level::DEBUG));
        assert!(filter.would_enable("hyper", &Level::WARN));
    }

    #[test]
    fn a_quieter_level_holds_for_libraries_too() {
        assert!(!super::filter(Level::ERROR).would_enable("hyper", &Level::WARN));
    }
}
