//! Exit codes: what scripts and Kubernetes may rely on. Each is documented here and nowhere else.

use std::fmt::Write as _;
use std::process::ExitCode;

/// How a command ended. The numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything is where it should be.
    Done = 0,
    /// Some files could not be copied or deleted, or were changed on both sides, or something unforeseen happened.
    Failed = 1,
    /// The command line, the environment or the configuration does not make sense.
    Configuration = 2,
    /// Everything but some files that could not be read, or whose names cannot be held.
    Partial = 3,
    /// A safety valve closed before anything was changed.
    Refused = 4,
    /// The remote cannot be used at all.
    Remote = 5,
    /// The rest was given up on request.
    Interrupted = 6,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 7] = [
        Self::Done,
        Self::Failed,
        Self::Configuration,
        Self::Partial,
        Self::Refused,
        Self::Remote,
        Self::Interrupted,
    ];

    /// The number that the shell sees.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// What it means, for help texts and documents.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => {
                "some files could not be copied or deleted, or were changed on both sides, or an unexpected failure"
            }
            Self::Configuration => "bad configuration or usage; nothing was started",
            Self::Partial => "done, but some files could not be read, or their names cannot be held",
            Self::Refused => "refused by a safety valve; nothing was changed",
            Self::Remote => "the remote cannot be used: unreachable, credentials refused, bucket missing",
            Self::Interrupted => "interrupted; what was not done stays as it was",
        }
    }

    /// The table for help texts.
    pub(crate) fn table() -> String {
        let mut table = String::from("Exit codes:\n");
        for exit in Self::ALL {
            // Writing to a String cannot fail.
            let _ = writeln!(table, "  {}  {}", exit.number(), exit.meaning());
        }
        table
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_up_from_zero() {
        let numbers: Vec<u8> = Exit::ALL.into_iter().map(Exit::number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6]);
    }
}
