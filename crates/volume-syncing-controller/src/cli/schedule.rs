//! `schedule next`: shows what an expression means before anything depends on it.

use clap::{Args, Subcommand};

use super::{help, values};

/// Explain schedules
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct ScheduleCommand {
    #[command(subcommand)]
    pub(crate) question: Question,
}

/// What to tell about a schedule.
#[derive(Debug, Subcommand)]
pub(crate) enum Question {
    Next(Next),
}

/// Print the coming times of a schedule, one RFC 3339 time a line
#[derive(Debug, Args)]
#[command(after_long_help = help::schedule_next())]
pub(crate) struct Next {
    /// The schedule: `0 3 * * *`, `0 30 * * * *` (second first), `@daily`, `@every 1h30m`, `CRON_TZ=Europe/Paris …`
    #[arg(value_name = "EXPR")]
    pub(crate) expression: String,

    /// The time to start from instead of now, such as `2026-03-29T00:00:00+01:00`
    #[arg(long, value_name = "RFC3339")]
    pub(crate) from: Option<String>,

    /// How many times to print
    #[arg(long, value_name = "N", default_value = "5", value_parser = values::count)]
    pub(crate) count: usize,
}
