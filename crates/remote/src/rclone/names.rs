//! Paths between raw bytes and the spelling that rclone's calls and listings use.

use podfs_sync::{ErrorKind, RelativePath, RemoteError};

use crate::naming::{Mask, NameRefusal, Speller};

/// rclone turns its standard spelling into the store's by itself, so the store's mask does not matter here.
const SPELLER: Speller = Speller::new(Mask::RAW);

/// `path` as rclone's calls take it. Bytes that are not UTF-8 stay as they are.
///
/// # Errors
/// [`ErrorKind::Name`] when rclone would take it for another name.
pub(super) fn to_rclone(path: &RelativePath) -> Result<Vec<u8>, RemoteError> {
    let segments: Result<Vec<Vec<u8>>, NameRefusal> =
        path.segments().map(|segment| SPELLER.standard(segment)).collect();
    match segments {
        Ok(segments) => Ok(segments.join(&b'/')),
        Err(refusal) => Err(RemoteError::new(ErrorKind::Name, "name", path, refusal)),
    }
}

/// The raw name that one segment of a listing stands for.
///
/// # Errors
/// The reason why no file can be meant by it.
pub(super) fn from_rclone(standard: &[u8]) -> Result<Vec<u8>, String> {
    SPELLER.raw_of_standard(standard).map_err(|refusal| refusal.to_string())
}

/// Whether a name out of JSON may have lost bytes: JSON shows U+FFFD for each that is not UTF-8.
pub(super) fn may_be_lossy(name: &str) -> bool {
    name.contains(char::REPLACEMENT_CHARACTER)
}

/// A path in rclone's spelling below a folder; the root is empty.
pub(super) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, name].join(&b'/') }
}

/// A name in rclone's spelling for people, on one line.
pub(super) fn show(standard: &[u8]) -> String {
    match str::from_utf8(standard) {
        Ok(text) => text.escape_debug().to_string(),
        Err(_) => standard.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_go_there_and_back() {
        let names: [&[u8]; 6] =
            [b"a\nb", b"\xff\xfe", b" x ", b"-rf", "\u{e4}\u{2424}".as_bytes(), b"\x7f'\"\\"];
        for name in names {
            let path = RelativePath::parse([b"dir/".as_slice(), name].concat()).unwrap();
            let spelled = to_rclone(&path).unwrap();
            let last = spelled.strip_prefix(b"dir/").unwrap();
            assert_eq!(from_rclone(last).as_deref(), Ok(name), "{}", show(last));
        }
    }

    #[test]
    fn a_name_that_rclone_would_change_is_refused() {
        let path = RelativePath::parse("\u{201b}x").unwrap();
        assert_eq!(to_rclone(&path).unwrap_err().kind, ErrorKind::Name);
    }
}
