//! How the program ends, and with which words.

use std::fmt;
use std::process::ExitCode;

use podfs_vcluster::mount::MountError;

use crate::settings::SettingsError;

/// Exit codes. The numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Asked to end, or done.
    Done = 0,
    /// Something unforeseen, or what was asked for cannot be told.
    Failed = 1,
    /// The command line, the environment or the configuration does not make sense.
    Configuration = 2,
    /// This node will not do: its kernel, its mounts, its directories, or what this process may do.
    Node = 3,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 4] = [Self::Done, Self::Failed, Self::Configuration, Self::Node];

    /// The number that the shell sees.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// What it means, for documents.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "asked to end, or done",
            Self::Failed => "something unforeseen, or what was asked for cannot be told",
            Self::Configuration => "bad settings or usage; nothing was started",
            Self::Node => {
                "this node will not do (kernel, propagation of mounts, directories, privileges); nothing was changed"
            }
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// An error on its way to the user.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    message: String,
}

impl Failure {
    /// With the words for it.
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string() }
    }

    /// The mounts of this node cannot be worked with.
    pub(crate) fn node(error: &MountError) -> Self {
        Self::new(Exit::Node, error)
    }

    /// Something unforeseen.
    pub(crate) fn unexpected(message: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::new(Exit::Configuration, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_up_from_zero() {
        assert_eq!(Exit::ALL.map(Exit::number), [0, 1, 2, 3]);
    }
}
