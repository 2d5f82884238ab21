//! Which names of a scan belong to one file (hard links).

use std::collections::BTreeMap;

use rustix::fs::Stat;

use crate::manifest::Tie;
use crate::path::RelativePath;

/// Files with several names whose names have not all been met yet: memory is needed for these alone.
#[derive(Debug, Default)]
pub(super) struct Ties {
    open: BTreeMap<(u64, u64), Names>,
}

#[derive(Debug)]
struct Names {
    first: RelativePath,
    missing: u64,
}

impl Ties {
    /// The tie of the regular file at `path`, if it has more names than this one.
    pub(super) fn of(&mut self, path: &RelativePath, stat: &Stat) -> Option<Tie> {
        #[allow(clippy::useless_conversion, reason = "its type differs between architectures")]
        let names = u64::from(stat.st_nlink);
        if names < 2 {
            return None;
        }
        let known = self.open.entry((stat.st_dev, stat.st_ino));
        let known = known.or_insert_with(|| Names { first: path.clone(), missing: names });
        let tie = Tie { first: known.first.clone() };
        known.missing -= 1;
        if known.missing == 0 {
            self.open.remove(&(stat.st_dev, stat.st_ino));
        }
        Some(tie)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_name_stands_for_all_and_is_forgotten_with_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other, outside) =
            (folder.path().join("a"), folder.path().join("b"), folder.path().join("c"));
        fs::write(&one, "").unwrap();
        fs::hard_link(&one, &other).unwrap();
        fs::write(&outside, "").unwrap();
        let mut ties = Ties::default();
        let mut first = |name: &str| {
            let stat = rustix::fs::stat(folder.path().join(name)).unwrap();
            let tie = ties.of(&RelativePath::parse(name).unwrap(), &stat);
            (tie.map(|tie| tie.first.to_string()), ties.open.len())
        };
        assert_eq!(first("a"), (Some("a".to_owned()), 1));
        assert_eq!(first("b"), (Some("a".to_owned()), 0));
        assert_eq!(first("c"), (None, 0));
    }
}
