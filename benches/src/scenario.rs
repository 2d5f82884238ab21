//! What is timed.

use std::fmt;

use clap::ValueEnum;

use crate::input::Load;

/// One thing that every contestant does in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Scenario {
    /// Many small files to an empty bucket
    FirstSync,
    /// The same files again, with nothing to do
    NoOp,
    /// Many small files again, of which one has changed
    OneChanged,
    /// Many small files from the server into an empty folder
    Restore,
    /// One large file to an empty bucket
    LargeUp,
    /// One large file from the server into an empty folder
    LargeDown,
    /// One large file to an empty bucket, encrypted
    CryptUp,
    /// One large encrypted file from the server into an empty folder
    CryptDown,
    /// Some small files to an empty bucket, encrypted
    CryptSmallUp,
    /// Some small encrypted files from the server into an empty folder
    CryptSmallDown,
}

impl Scenario {
    /// Whether the server is the source.
    pub(crate) fn is_down(self) -> bool {
        matches!(self, Self::Restore | Self::LargeDown | Self::CryptDown | Self::CryptSmallDown)
    }

    /// Whether it follows a sync of the same contestant, as each leaves something else behind.
    pub(crate) fn is_repeated(self) -> bool {
        matches!(self, Self::NoOp | Self::OneChanged)
    }

    /// Whether contents and names are encrypted on the server.
    pub(crate) fn is_encrypted(self) -> bool {
        matches!(self, Self::CryptUp | Self::CryptDown | Self::CryptSmallUp | Self::CryptSmallDown)
    }

    /// Whether our own plain run is what we compare ourselves with.
    pub(crate) fn is_beside_plain(self) -> bool {
        matches!(self, Self::CryptSmallUp | Self::CryptSmallDown)
    }

    /// The files that are carried.
    pub(crate) fn load(self) -> Load {
        match self {
            Self::FirstSync | Self::NoOp | Self::Restore => Load::Many,
            Self::OneChanged => Load::Changing,
            Self::CryptSmallUp | Self::CryptSmallDown => Load::Some,
            Self::LargeUp | Self::LargeDown | Self::CryptUp | Self::CryptDown => Load::Large,
        }
    }

    /// The scenario that brings the same files to the server.
    pub(crate) fn way_up(self) -> Self {
        match self {
            Self::FirstSync | Self::NoOp | Self::Restore => Self::FirstSync,
            Self::OneChanged => Self::OneChanged,
            Self::LargeUp | Self::LargeDown => Self::LargeUp,
            Self::CryptUp | Self::CryptDown => Self::CryptUp,
            Self::CryptSmallUp | Self::CryptSmallDown => Self::CryptSmallUp,
        }
    }
}

/// The name on the command line and in reports.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
