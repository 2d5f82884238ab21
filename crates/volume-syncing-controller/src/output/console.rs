//! Where output goes, decided once at start.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{MultiProgress, ProgressDrawTarget};
use tracing::Level;

use super::logging::{self, Logging};
use super::progress::Progress;
use super::record::Record;
use crate::cli::Format;
use crate::failure::Failure;
use crate::run::Order;

/// Standard output and standard error, and who may use them for what.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    pub(super) format: Format,
    pub(super) log_json: bool,
    /// Summaries are log lines: nobody sits in front of it, or everything has to be JSON.
    pub(super) summary_is_logged: bool,
    pub(super) bars: MultiProgress,
}

impl Console {
    /// Sets up logging and progress for one order.
    pub(crate) fn new(order: &Order) -> Self {
        Self::start(order.format, order.log_level, order.log_json, order.stays())
    }

    /// Sets up logging and progress for a process that stays, or does not.
    pub(crate) fn start(format: Format, level: Level, log_json: bool, stays: bool) -> Self {
        let show_bars = io::stderr().is_terminal() && !log_json && !stays;
        let bars = MultiProgress::with_draw_target(match show_bars {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        });
        let logging = Logging { level, json: log_json, with_time: stays };
        logging::start(&logging, &bars);
        Self { format, log_json, summary_is_logged: stays || log_json, bars }
    }

    /// Somebody to watch one run.
    pub(crate) fn progress(&self) -> Progress {
        Progress::new(&self.bars)
    }

    /// Somebody to write one run down.
    pub(crate) fn record(&self) -> Record {
        Record::new(self)
    }

    /// The last word about a command that failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        if self.log_json {
            let exit = failure.exit.number();
            tracing::error!(exit, "{failure}");
        } else {
            print_failure(failure);
        }
    }
}

/// One message on standard error, whatever the log level.
pub(crate) fn print_failure(failure: &Failure) {
    // Nothing can be done when standard error is closed.
    let _ = writeln!(io::stderr(), "error: {failure}");
}
