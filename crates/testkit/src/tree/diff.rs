//! Saying in words where two trees differ.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::{FileState, Kind, Snapshot};

/// A message with more lines than this helps nobody.
const MOST_LINES: usize = 40;

/// What must agree besides paths, kinds, contents and link targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compare {
    /// Permission bits.
    pub mode: bool,
    /// Modification times of files.
    pub file_mtime: bool,
    /// Modification times of folders.
    pub dir_mtime: bool,
    /// Modification times of symbolic links.
    pub link_mtime: bool,
    /// Whether folders count at all: many stores know only files.
    pub dirs: bool,
    /// Owner, extended attributes, which names belong to one file, and holes.
    pub rest: bool,
}

impl Compare {
    /// Everything that a snapshot knows.
    pub const ALL: Self =
        Self { mode: true, file_mtime: true, dir_mtime: true, link_mtime: true, dirs: true, rest: true };
    /// Files with their contents and times, as a plain mirror on an object store holds them.
    pub const MIRROR: Self =
        Self { mode: false, dir_mtime: false, link_mtime: false, dirs: false, rest: false, ..Self::ALL };
    /// Files with their contents alone.
    pub const CONTENT: Self = Self { file_mtime: false, ..Self::MIRROR };

    fn mtime(self, kind: Kind) -> bool {
        match kind {
            Kind::Dir => self.dir_mtime,
            Kind::Symlink => self.link_mtime,
            Kind::File | Kind::Other => self.file_mtime,
        }
    }
}

/// Fails with a readable list when the trees differ.
pub fn assert_same(expected: &Snapshot, actual: &Snapshot, compare: Compare) -> Result<()> {
    let mut lines = differences(expected, actual, compare);
    if lines.is_empty() {
        return Ok(());
    }
    let count = lines.len();
    if count > MOST_LINES {
        lines.truncate(MOST_LINES);
        lines.push(format!("… and {} more", count - MOST_LINES));
    }
    bail!("{count} entries differ:\n{}", lines.join("\n"))
}

/// One line for each entry that differs.
pub fn differences(expected: &Snapshot, actual: &Snapshot, compare: Compare) -> Vec<String> {
    let paths: BTreeSet<&Vec<u8>> = expected.keys().chain(actual.keys()).collect();
    let counts = |state: &&FileState| compare.dirs || state.kind != Kind::Dir;
    let line = |path: &Vec<u8>| {
        let pair = (expected.get(path).filter(counts), actual.get(path).filter(counts));
        let what = match pair {
            (Some(expected), Some(actual)) => changes(expected, actual, compare)?,
            (Some(expected), None) => format!("missing ({:?}, {} bytes)", expected.kind, expected.size),
            (None, Some(actual)) => format!("unexpected ({:?}, {} bytes)", actual.kind, actual.size),
            (None, None) => return None,
        };
        Some(format!("  \"{}\": {what}", path.escape_ascii()))
    };
    paths.into_iter().filter_map(line).collect()
}

/// What is different about one entry; `None` when nothing is.
fn changes(expected: &FileState, actual: &FileState, compare: Compare) -> Option<String> {
    let mut changes = Vec::new();
    let mut note = |what: &str, expected: String, actual: String| {
        if expected != actual {
            changes.push(format!("{what} {expected} became {actual}"));
        }
    };
    note("kind", format!("{:?}", expected.kind), format!("{:?}", actual.kind));
    note("size", expected.size.to_string(), actual.size.to_string());
    note("content", short(&expected.sha256), short(&actual.sha256));
    note("target", expected.target.escape_ascii().to_string(), actual.target.escape_ascii().to_string());
    if compare.mode {
        note("mode", format!("{:04o}", expected.mode), format!("{:04o}", actual.mode));
    }
    if compare.mtime(expected.kind) {
        note("mtime", seconds(expected.mtime_ns), seconds(actual.mtime_ns));
    }
    if compare.rest {
        note("owner", format!("{:?}", expected.owner), format!("{:?}", actual.owner));
        note("extended attributes", shown(&expected.extended), shown(&actual.extended));
        note("first name", name(expected.first_name.as_ref()), name(actual.first_name.as_ref()));
        note("holes", expected.holes.to_string(), actual.holes.to_string());
    }
    (!changes.is_empty()).then(|| changes.join(", "))
}

fn shown(extended: &[(String, Vec<u8>)]) -> String {
    let one = |(name, value): &(String, Vec<u8>)| format!("{name}={}", value.escape_ascii());
    extended.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn name(path: Option<&Vec<u8>>) -> String {
    path.map_or_else(|| "none".to_owned(), |path| path.escape_ascii().to_string())
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

fn seconds(ns: i128) -> String {
    format!("{}.{:09}", ns.div_euclid(1_000_000_000), ns.rem_euclid(1_000_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{make_dir, make_file, snapshot};

    fn tree(files: &[(&str, &str, u64)]) -> Snapshot {
        let dir = tempfile::tempdir().unwrap();
        for (path, content, mtime_ns) in files {
            make_file(dir.path(), path, content.as_bytes(), *mtime_ns).unwrap();
        }
        make_dir(dir.path(), files[0].0.replace("file", "dir")).unwrap();
        snapshot(dir.path()).unwrap()
    }

    #[test]
    fn each_difference_is_one_line_that_says_what() {
        let expected = tree(&[("file-1", "same", 1), ("gone", "1", 2), ("old", "aaa", 3)]);
        let actual = tree(&[("file-1", "same", 1), ("new\n", "22", 2), ("old", "bbbb", 1_000_000_003)]);
        let lines = differences(&expected, &actual, Compare::MIRROR);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!(lines[0], "  \"gone\": missing (File, 1 bytes)");
        assert_eq!(lines[1], "  \"new\\n\": unexpected (File, 2 bytes)");
        assert!(lines[2].contains("size 3 became 4"), "{lines:?}");
        assert!(lines[2].contains("mtime 0.000000003 became 1.000000003"), "{lines:?}");
    }

    #[test]
    fn what_is_not_compared_may_differ() {
        let (one, two) = (tree(&[("file-1", "same", 1)]), tree(&[("file-1", "same", 2)]));
        assert!(assert_same(&one, &two, Compare::CONTENT).is_ok());
        assert!(assert_same(&one, &two, Compare::ALL).is_err());
    }
}
