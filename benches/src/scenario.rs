//! What is timed.

use std::fmt;

use clap::ValueEnum;

/// One thing that every contestant does in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Scenario {
    /// Many small files to an empty bucket
    FirstSync,
    /// The same files again, with nothing to do
    NoOp,
    /// Many small files from the server into an empty folder
    Restore,
    /// One large file to an empty bucket
    LargeUp,
    /// One large file from the server into an empty folder
    LargeDown,
}

impl Scenario {
    /// Whether the server is the source.
    pub(crate) fn is_down(self) -> bool {
        matches!(self, Self::Restore | Self::LargeDown)
    }

    /// Whether the input is one large file.
    pub(crate) fn is_large(self) -> bool {
        matches!(self, Self::LargeUp | Self::LargeDown)
    }
}

/// The name on the command line and in reports.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
