//! Flags that say how much is logged, and how. Logs go to standard error.

use clap::Args;
use tracing::Level;

use super::values;
use crate::environment;

/// How to log.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logging")]
pub(crate) struct LoggingArguments {
    /// Say more: each step and its reason
    #[arg(short, long)]
    pub(super) verbose: bool,

    /// How much is logged: error, warn, info, debug or trace
    #[arg(short, long, value_name = "LEVEL", default_value = "info", value_parser = values::level,
          env = environment::LOG_LEVEL.name, hide_env_values = true)]
    pub(super) log_level: Level,

    /// Log one JSON object a line; the summary of a sync is then such a line too
    #[arg(long, env = environment::LOG_JSON.name, hide_env_values = true)]
    pub(crate) log_json: bool,
}

impl LoggingArguments {
    /// The level that holds when both flags are read.
    pub(crate) fn level(&self) -> Level {
        if self.verbose { self.log_level.max(Level::DEBUG) } else { self.log_level }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbose_raises_the_level_and_never_lowers_it() {
        let level = |verbose, log_level| LoggingArguments { verbose, log_level, log_json: false }.level();
        assert_eq!(level(true, Level::WARN), Level::DEBUG);
        assert_eq!(level(true, Level::TRACE), Level::TRACE);
        assert_eq!(level(false, Level::WARN), Level::WARN);
    }
}
