//! The trees that every part of the project must be able to carry.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, Result};

use super::snapshot::{Kind, snapshot};
use super::{make_dir, make_file, set_mtime};

/// 2023-11-14, with odd nanoseconds: each file is a second and some older than the one before.
const FIRST_MTIME_NS: u64 = 1_700_000_000_123_456_789;
const MTIME_STEP_NS: u64 = 1_000_000_007;

/// A modest tree with everything that file systems allow and programs stumble over.
///
/// `plain_tree` and `odd_names` together, with a time of its own for every entry.
pub fn sample_tree(dir: &Path) -> Result<()> {
    plain_tree(dir)?;
    for name in odd_names() {
        make_file(dir, [b"odd/", name.as_slice()].concat(), &name, 0)?;
    }
    make_file(dir, deep_path(), b"deep down", 0)?;
    spread_mtimes(dir)
}

/// The part of it that any store can hold: nested folders and empty ones, empty files, a file over a megabyte.
pub fn plain_tree(dir: &Path) -> Result<()> {
    let big = "0123456789abcdef".repeat(80_000);
    let files: [(&str, &str); 7] = [
        ("top.txt", "at the top"),
        ("empty", ""),
        ("docs/readme.md", "# read me\n"),
        ("docs/empty.md", ""),
        ("docs/a/b/c/nested.txt", "three down"),
        (".hidden/.config", "key = value\n"),
        ("data/big.bin", &big),
    ];
    for (path, content) in files {
        make_file(dir, path, content.as_bytes(), 0)?;
    }
    make_dir(dir, "empty-dir/inner")?;
    spread_mtimes(dir)
}

/// Names that are allowed for a file and easy to get wrong; each a single path component.
pub fn odd_names() -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = [
        "-leading-dash",
        "--delete",
        " leading space",
        "trailing space ",
        "two  spaces",
        "new\nline",
        "tab\tand\rreturn",
        "'single' \"double\" `back`",
        "back\\slash",
        "glob*?[a-z]{x,y}",
        "$HOME;&|<>!#~",
        "per%20cent%",
        "plus+equals=at@colon:comma,",
        "...",
        "trailing.dot.",
        "\u{1}control\u{7f}",
        "grüße-日本語-🦀",
        "e\u{301}-decomposed",
        "\u{e9}-composed",
        "CON",
    ]
    .map(|name| name.as_bytes().to_vec())
    .to_vec();
    names.push(b"not-\xff\xfe-utf8".to_vec());
    names.push(b"cut-short-\xe2\x82".to_vec());
    names.push(vec![b'n'; 255]);
    names.push("ä".repeat(127).into_bytes());
    names
}

/// Symbolic links: to a file, to a folder, upwards, to nowhere, to an absolute path, and to itself.
pub fn symlinks(dir: &Path) -> Result<()> {
    make_file(dir, "target/file.txt", b"linked to", FIRST_MTIME_NS)?;
    let links = [
        ("link-to-file", "target/file.txt"),
        ("link-to-dir", "target"),
        ("target/link-up", "../target/file.txt"),
        ("link-to-nowhere", "no/such/file"),
        ("link-absolute", "/etc/hostname"),
        ("link-to-itself", "link-to-itself"),
    ];
    for (link, target) in links {
        std::os::unix::fs::symlink(target, dir.join(link)).with_context(|| format!("cannot make {link}"))?;
    }
    Ok(())
}

/// Longer than S3 lets a key be (1,024 bytes).
fn deep_path() -> Vec<u8> {
    let mut path = "deep-folder-of-thirty-two-bytes-/".repeat(33).into_bytes();
    path.extend_from_slice(b"bottom");
    path
}

/// Gives every entry a time of its own. Children come before their folders, whose times they would change.
fn spread_mtimes(dir: &Path) -> Result<()> {
    let mut mtime_ns = FIRST_MTIME_NS;
    for (path, state) in snapshot(dir)?.into_iter().rev() {
        if state.kind != Kind::Symlink {
            set_mtime(&dir.join(OsStr::from_bytes(&path)), mtime_ns)?;
            mtime_ns -= MTIME_STEP_NS;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_entry_of_the_sample_has_a_time_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        sample_tree(dir.path()).unwrap();
        let tree = snapshot(dir.path()).unwrap();
        let times: BTreeSet<i128> = tree.values().map(|state| state.mtime_ns).collect();
        assert_eq!(times.len(), tree.len());
        assert!(times.iter().all(|time| time % 1_000_000_000 != 0));
        assert!(tree.keys().any(|path| path.len() > 1024));
        assert!(tree.keys().any(|path| std::str::from_utf8(path).is_err()));
    }

    #[test]
    fn the_plain_tree_is_part_of_the_sample() {
        let dir = tempfile::tempdir().unwrap();
        plain_tree(dir.path()).unwrap();
        let tree = snapshot(dir.path()).unwrap();
        assert_eq!(tree[b"empty-dir/inner".as_slice()].kind, Kind::Dir);
        assert_eq!(tree[b"docs/empty.md".as_slice()].size, 0);
        assert!(tree.keys().all(|path| path.is_ascii()));
    }
}
