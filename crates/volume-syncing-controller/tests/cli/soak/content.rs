//! Contents that show by themselves whether they are whole: a number, a length, and bytes that follow from the two.

use std::path::Path;
use std::{fs, io};

const HEAD: usize = 16;

/// A content that no other number has.
pub(super) fn content(number: u64, length: usize) -> Vec<u8> {
    let length = length.max(HEAD);
    let head = [number.to_le_bytes(), (length as u64).to_le_bytes()].concat();
    let mut word = number | 1;
    let body = std::iter::from_fn(|| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        Some(word.to_le_bytes())
    });
    head.into_iter().chain(body.flatten()).take(length).collect()
}

fn is_whole(bytes: &[u8]) -> bool {
    let word =
        |from: usize| bytes.get(from..from + 8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
    let (Some(number), Some(length)) = (word(0), word(8)) else { return false };
    length == bytes.len() as u64 && content(number, bytes.len()) == bytes
}

/// Fails when a file of that tree, of those whose names `counts` takes, is not what somebody wrote.
pub(super) fn assert_whole(tree: &Path, counts: fn(&str) -> bool) {
    for entry in fs::read_dir(tree).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_dir() {
            assert_whole(&path, counts);
        } else if kind.is_file() && counts(path.file_name().unwrap().to_str().unwrap()) {
            let bytes: io::Result<Vec<u8>> = fs::read(&path);
            let bytes = bytes.unwrap();
            assert!(is_whole(&bytes), "{} is torn: {} bytes", path.display(), bytes.len());
        }
    }
}

#[test]
fn a_torn_content_is_seen() {
    for length in [16, 17, 1000, 70_000] {
        let whole = content(7, length);
        assert!(is_whole(&whole));
        assert!(!is_whole(&whole[..length - 1]) && !is_whole(&[]));
        let mixed = [&content(8, length)[..length / 2], &whole[length / 2..]].concat();
        assert!(length < 32 || !is_whole(&mixed));
    }
}
