//! What the user decided about one sync.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use crate::path::RelativePath;

/// Which side is copied to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The local tree is the truth: `sync-to-remote`.
    ToRemote,
    /// The remote tree is the truth: `remote-to-local-sync`.
    FromRemote,
}

/// The settings of one sync. Every valve is on unless `force` says otherwise.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which side is copied to which.
    pub direction: Direction,
    /// Whether files that the truth does not have are deleted on the other side.
    pub delete: bool,
    /// Passes over the valves of this direction.
    pub force: bool,
    /// Refuses a sync to the remote from a volume without the receipt of a complete restore from it.
    pub require_receipt: bool,
    /// Where both sides may have changed, the truth wins all the same.
    pub overwrite: bool,
    /// Where the receipt lies when the volume's file system has no extended attributes; its folder exists.
    pub receipt_file: Option<PathBuf>,
    /// Where a restore notes large files that it has not finished, so that the next one goes on with them; its folder exists.
    /// `None`: they begin anew.
    pub unfinished_file: Option<PathBuf>,
    /// Refuses a plan that deletes more than this.
    pub max_delete: Option<DeleteLimit>,
    /// How many files are under way at once; `None`: as many as suit the remote.
    pub transfers: Option<NonZeroUsize>,
    /// Adds nothing of ours to the remote (no `.podfs/`).
    pub plain: bool,
    /// Reads every file whose size and time are as they were, and compares its hash: only to the remote.
    pub checksum: bool,
    /// What a loss of attributes in a restore means.
    pub fidelity: Fidelity,
    /// Files of our own inside the local tree (a rendered rclone.conf): neither copied nor deleted on either side.
    pub excluded: Vec<RelativePath>,
    /// An existing folder for a plan that is too large for memory; its files have no names there.
    pub scratch: PathBuf,
}

/// What it means when a restore cannot give back everything: an owner as non-root, an ACL on a file system without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fidelity {
    /// It is reported.
    #[default]
    Possible,
    /// The restore fails.
    Strict,
}

/// The most that one sync may delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteLimit {
    /// So many files.
    Files(u64),
    /// So many files out of a hundred that the side which loses them holds.
    Percent(u8),
}

impl DeleteLimit {
    /// How many of `present` files may go.
    #[must_use]
    pub fn allowed(self, present: u64) -> u64 {
        match self {
            Self::Files(files) => files,
            Self::Percent(percent) => {
                u64::try_from(u128::from(present) * u128::from(percent) / 100).unwrap_or(u64::MAX)
            }
        }
    }
}

/// A delete limit that is neither a number nor a percentage.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no limit: give a number of files (`100`) or a share (`25%`, 0% to 100%)")]
pub struct BadDeleteLimit(String);

impl FromStr for DeleteLimit {
    type Err = BadDeleteLimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadDeleteLimit(text.to_owned());
        match text.strip_suffix('%') {
            Some(number) => match number.parse() {
                Ok(percent @ 0..=100) => Ok(Self::Percent(percent)),
                _ => Err(bad()),
            },
            None => text.parse().map(Self::Files).map_err(|_| bad()),
        }
    }
}

/// How many files at once suit most remotes. `docs/benchmarks.md` says how it is chosen.
pub const DEFAULT_TRANSFERS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// How often a file that changes while it is read is tried before it is reported.
pub(crate) const ATTEMPTS_ON_CHANGE: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_parse_and_count() {
        assert_eq!("25%".parse(), Ok(DeleteLimit::Percent(25)));
        assert_eq!("100".parse(), Ok(DeleteLimit::Files(100)));
        for bad in ["", "%", "101%", "-1", "1.5%", "ten", "300%"] {
            assert!(bad.parse::<DeleteLimit>().is_err(), "{bad}");
        }
        assert_eq!(DeleteLimit::Percent(25).allowed(7), 1);
        assert_eq!(DeleteLimit::Percent(0).allowed(7), 0);
        assert_eq!(DeleteLimit::Percent(100).allowed(u64::MAX), u64::MAX);
        assert_eq!(DeleteLimit::Files(3).allowed(0), 3);
    }
}
