//! The mount table (`man 5 proc_pid_mountinfo`): what is mounted inside a folder.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::path::RelativePath;

/// The table as this thread sees it.
pub(crate) const TABLE: &str = "/proc/thread-self/mountinfo";

/// The places inside `root` at which something is mounted now.
pub(crate) fn places(root: &Path) -> io::Result<BTreeSet<RelativePath>> {
    Ok(places_in(&std::fs::read(TABLE)?, root.canonicalize()?.as_os_str().as_bytes()))
}

fn places_in(table: &[u8], root: &[u8]) -> BTreeSet<RelativePath> {
    let written = escaped(root);
    let root = root.strip_suffix(b"/").unwrap_or(root);
    let inside = |line: &[u8]| {
        let point = unescaped(mount_point(line)?);
        RelativePath::parse(point.strip_prefix(root)?.strip_prefix(b"/")?).ok()
    };
    lines_beneath(table, &written).filter_map(inside).collect()
}

/// The lines of the table whose mount point lies beneath `root` (escaped as the table is), or is it.
pub(crate) fn lines_beneath<'table>(table: &'table [u8], root: &[u8]) -> impl Iterator<Item = &'table [u8]> {
    let root = root.strip_suffix(b"/").unwrap_or(root);
    table.split_inclusive(|byte| *byte == b'\n').filter(move |line| {
        let rest = mount_point(line).and_then(|point| point.strip_prefix(root));
        rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
    })
}

fn mount_point(line: &[u8]) -> Option<&[u8]> {
    line.split(|byte| *byte == b' ').nth(4)
}

/// A path as the table writes it: blanks, tabs, newlines and backslashes in octal.
pub(crate) fn escaped(path: &[u8]) -> Vec<u8> {
    let octal = |byte: u8| match byte {
        b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
        _ => vec![byte],
    };
    path.iter().flat_map(|byte| octal(*byte)).collect()
}

fn unescaped(mut path: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    while let Some((first, rest)) = path.split_first() {
        let octal = rest.split_first_chunk::<3>().filter(|_| *first == b'\\').and_then(|(digits, rest)| {
            let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()?;
            Some((byte, rest))
        });
        let (byte, rest) = octal.unwrap_or((*first, rest));
        bytes.push(byte);
        path = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &[u8] =
        b"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /data rw - ext4 b rw\n3 1 8:3 / /data/in\\040side rw - \
          ext4 c rw\n4 1 8:4 / /database rw - ext4 d rw\n";

    #[test]
    fn only_mounts_in_the_tree_count() {
        let count = |root: &[u8]| lines_beneath(EXAMPLE, root).count();
        assert_eq!([count(b"/"), count(b"/data"), count(b"/data/in\\040side"), count(b"/dat")], [4, 2, 1, 0]);
        assert_eq!(escaped(b"/a b\\\n"), b"/a\\040b\\134\\012");
    }

    #[test]
    fn places_are_named_as_the_tree_names_them() {
        let places = |root: &[u8]| {
            places_in(EXAMPLE, root).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(places(b"/data"), "in side");
        assert_eq!(places(b"/data/in side"), "");
        assert_eq!(places(b"/"), "data, data/in side, database");
        for path in [&b"a b\\\n"[..], b"\\", b"\\04", b"plain"] {
            assert_eq!(unescaped(&escaped(path)), path);
        }
    }
}
