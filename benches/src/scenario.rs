//! What is timed.

use std::fmt;

use clap::ValueEnum;

use crate::contestant::Contestant;
use crate::input::Load;

/// One thing that every contestant does in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Scenario {
    /// Many small files to an empty bucket
    FirstSync,
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
    /// A big tree that was synced before, with nothing to do
    NoOp,
    /// A big tree that was synced before, of which one file has changed
    OneChanged,
    /// One file of a big tree changes while a sidecar watches it
    Event,
    /// What a sidecar costs while nothing happens
    AtRest,
    /// A million files to an empty folder of this machine
    MillionFirstSync,
    /// The million files again, with nothing to do
    MillionNoOp,
}

impl Scenario {
    /// Whether the server is the source.
    pub(crate) fn is_down(self) -> bool {
        matches!(self, Self::Restore | Self::LargeDown | Self::CryptDown | Self::CryptSmallDown)
    }

    /// Whether it follows a sync of the same contestant, as each leaves something else behind.
    pub(crate) fn is_repeated(self) -> bool {
        matches!(self, Self::NoOp | Self::OneChanged | Self::Event | Self::AtRest | Self::MillionNoOp)
    }

    /// Whether contents and names are encrypted on the server.
    pub(crate) fn is_encrypted(self) -> bool {
        matches!(self, Self::CryptUp | Self::CryptDown | Self::CryptSmallUp | Self::CryptSmallDown)
    }

    /// Whether the remote is a folder of this machine, where nobody counts requests.
    pub(crate) fn is_local(self) -> bool {
        matches!(self, Self::MillionFirstSync | Self::MillionNoOp)
    }

    /// Whether other programs do the same.
    pub(crate) fn is_compared(self) -> bool {
        !matches!(self, Self::Event | Self::AtRest) && !self.is_local()
    }

    /// Whom we are held against, where that is not another program that syncs.
    pub(crate) fn beside(self) -> Option<Contestant> {
        match self {
            Self::CryptSmallUp | Self::CryptSmallDown => Some(Contestant::OursPlain),
            Self::NoOp => Some(Contestant::Find),
            Self::OneChanged => Some(Contestant::OursNoOp),
            _ => None,
        }
    }

    /// The files that are carried.
    pub(crate) fn load(self) -> Load {
        match self {
            Self::FirstSync | Self::Restore => Load::Many,
            Self::CryptSmallUp | Self::CryptSmallDown => Load::Some,
            Self::LargeUp | Self::LargeDown | Self::CryptUp | Self::CryptDown => Load::Large,
            Self::NoOp | Self::OneChanged | Self::Event | Self::AtRest => Load::Synced,
            Self::MillionFirstSync | Self::MillionNoOp => Load::Million,
        }
    }

    /// The scenario that brings the same files to the server.
    pub(crate) fn way_up(self) -> Self {
        match self {
            Self::Restore => Self::FirstSync,
            Self::LargeDown => Self::LargeUp,
            Self::CryptDown => Self::CryptUp,
            Self::CryptSmallDown => Self::CryptSmallUp,
            up => up,
        }
    }

    /// The section of a document that holds its results, with those of the scenarios that are run together.
    pub(crate) fn section(self, delay_ms: u64) -> String {
        match self.load() {
            Load::Many | Load::Some | Load::Large => format!("delay-{delay_ms}-ms"),
            Load::Synced => format!("continuous-delay-{delay_ms}-ms"),
            Load::Million => "million".to_owned(),
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
