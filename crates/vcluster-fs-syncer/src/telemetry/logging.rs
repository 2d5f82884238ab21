//! Log lines on standard error, as text or as one JSON object a line.

use std::io;

use clap::{ArgAction, Args};
use tracing::Level;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The crates whose log lines are ours. Those of libraries may show headers below `warn`.
const OURS: [&str; 2] = ["vcluster_fs_syncer", "podfs_vcluster"];

/// How to log.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logging")]
pub(crate) struct Arguments {
    /// How much is logged: error, warn, info, debug or trace
    #[arg(long, global = true, env = "LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    log_level: Level,

    /// Log one JSON object a line
    #[arg(long, global = true, env = "LOG_JSON", action = ArgAction::Set, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", default_value = "false")]
    log_json: bool,
}

/// Starts logging.
pub(crate) fn start(arguments: &Arguments) {
    let layer = fmt::layer().with_writer(io::stderr).with_target(false).with_ansi(false);
    let layer = if arguments.log_json {
        layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
    } else {
        layer.boxed()
    };
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter(arguments.log_level))).try_init();
}

fn filter(level: Level) -> Targets {
    let others = Targets::new().with_default(LevelFilter::from_level(level.min(Level::WARN)));
    others.with_targets(OURS.map(|target| (target, LevelFilter::from_level(level))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_stay_quiet_whatever_the_level() {
        let filter = filter(Level::TRACE);
        assert!(filter.would_enable("podfs_vcluster::mount", &Level::TRACE));
        assert!(!filter.would_enable("kube_client::client", &Level::INFO));
        assert!(filter.would_enable("kube_runtime", &Level::WARN));
    }
}
