//! Trees of hostile names, in memory and on disk.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Paths and contents.
pub(super) type Tree = BTreeMap<Vec<u8>, Vec<u8>>;

pub(super) fn write(root: &Path, tree: &Tree) {
    for (path, content) in tree {
        let path = root.join(OsStr::from_bytes(path));
        fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        fs::write(path, content).expect("file");
    }
}

pub(super) fn read(root: &Path) -> Tree {
    let (mut tree, mut folders) = (Tree::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).expect("below the root").as_os_str().to_owned().into_vec();
            tree.insert(name, fs::read(path).expect("file"));
        }
    }
    tree
}

/// Names that exercise each rule alone, then each pair of awkward pieces, here and there in a directory.
pub(super) fn hostile_paths() -> Vec<Vec<u8>> {
    let plain = [
        "plain.txt",
        "deep/er/and deeper/f",
        "a-v2001-02-03-040506-123.txt",
        "-v2001-02-03-040506-123",
        "-v2001-02-03-040506-123.a",
        ".a-v2001-02-03-040506-123",
        "..a-v2001-02-03-040506-123",
        "x-v2001-02-31-040506-123",
        "dir-v2001-02-03-040506-123/f-v2001-02-03-040506-123",
        "dir.bin/f.bin",
        "e\u{301}",
        "é",
        "日本語 ŕ ͻ ퟿ \u{e000} \u{ffff} 😀",
        "ÿ\u{a0}ü",
        "!quoted!!",
        "0123456789",
        "AZaz",
        "a\nb",
        "tab\t",
        "\u{7f}",
        "‛‛",
        "\u{FFFD}",
        "97.i",
        "!.x",
        "d".repeat(100).as_str(),
    ]
    .map(|name| name.as_bytes().to_vec());
    let pieces: [&[u8]; 14] = [
        "‛".as_bytes(),
        "．".as_bytes(),
        "␊".as_bytes(),
        "␀".as_bytes(),
        "／".as_bytes(),
        "…".as_bytes(),
        b".",
        b" ",
        b"!",
        b"7",
        b"D",
        b"\xdf",
        b"\xe2\x82",
        b"\xed\xa0\x80",
    ];
    let pairs = pieces.iter().flat_map(|first| pieces.iter().map(move |second| [*first, second].concat()));
    let mut paths: Vec<Vec<u8>> = plain.into_iter().chain(pairs).filter(|name| name != b"..").collect();
    let below: Vec<_> = paths.iter().step_by(3).map(|name| [b"in\xff/" as &[u8], name].concat()).collect();
    let under: Vec<_> =
        paths.iter().skip(22).step_by(5).map(|name| [name.as_slice(), b"_/f"].concat()).collect();
    paths.extend(below.into_iter().chain(under));
    paths
}

/// A file of each interesting size, and small ones that hold their own path, to be told wherever they land.
pub(super) fn tree(paths: impl IntoIterator<Item = Vec<u8>>) -> Tree {
    let mut tree: Tree = paths.into_iter().map(|path| (path.clone(), path)).collect();
    for size in [0, 1, 65_535, 65_536, 65_537, 150_000] {
        tree.insert(format!("size{size}").into_bytes(), (0..size).map(|at| (at % 253) as u8).collect());
    }
    tree
}

fn shown(tree: &Tree) -> Vec<String> {
    tree.iter().map(|(path, content)| format!("{} {}", path.escape_ascii(), content.len())).collect()
}

pub(super) fn assert_same(found: &Tree, expected: &Tree, context: &str) {
    assert_eq!(shown(found), shown(expected), "{context}");
    assert!(found == expected, "{context}: contents differ");
}
