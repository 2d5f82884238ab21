//! Paths inside a synced tree: bytes, relative, checked once so that nobody has to check again.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// The folder that holds what podfs adds beside the mirror. It is never part of a volume.
pub const RESERVED_FOLDER: &[u8] = b".podfs";

/// A path below the root of a tree: one or more segments of any bytes, joined by `/`.
///
/// No segment is empty, `.` or `..`, none holds NUL, so that a `RelativePath` can be joined to a root
/// without leaving it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RelativePath(Box<[u8]>);

/// Why some bytes are no path of a file inside a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathError {
    /// Nothing at all, a leading or trailing `/`, or `//`.
    #[error("has an empty path segment")]
    EmptySegment,
    /// `.` or `..` as a segment.
    #[error("has a `.` or `..` segment")]
    DotSegment,
    /// A NUL byte, which no file system can hold.
    #[error("has a NUL byte")]
    Nul,
}

impl RelativePath {
    /// Checks and takes `bytes`.
    ///
    /// # Errors
    /// When a segment is empty, `.` or `..`, or holds NUL.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, PathError> {
        let bytes = bytes.into();
        for segment in bytes.split(|byte| *byte == b'/') {
            check_segment(segment)?;
        }
        Ok(Self(bytes.into_boxed_slice()))
    }

    /// The path of `name` inside the folder `parent`, or at the root when `parent` is `None`.
    ///
    /// # Errors
    /// When `name` is no single, plain segment.
    pub fn child(parent: Option<&Self>, name: &[u8]) -> Result<Self, PathError> {
        check_segment(name)?;
        if name.contains(&b'/') {
            return Err(PathError::EmptySegment);
        }
        let Some(parent) = parent else { return Ok(Self(name.into())) };
        let mut bytes = Vec::with_capacity(parent.0.len() + 1 + name.len());
        bytes.extend_from_slice(&parent.0);
        bytes.push(b'/');
        bytes.extend_from_slice(name);
        Ok(Self(bytes.into_boxed_slice()))
    }

    /// The bytes, segments joined by `/`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As a path for the local file system, still relative.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The segments, outermost first; there is at least one.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'/')
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &[u8] {
        self.segments().next_back().unwrap_or(&self.0)
    }

    /// The folder that holds this path; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let slash = self.0.iter().rposition(|byte| *byte == b'/')?;
        self.0.get(..slash).map(|bytes| Self(bytes.into()))
    }

    /// Whether this path lies inside the folder `ancestor` (and is not that folder).
    #[must_use]
    pub fn is_beneath(&self, ancestor: &Self) -> bool {
        self.0.strip_prefix(&*ancestor.0).is_some_and(|rest| rest.first() == Some(&b'/'))
    }

    /// Whether this path is podfs's own (`.podfs` or beneath it).
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.segments().next() == Some(RESERVED_FOLDER)
    }
}

fn check_segment(segment: &[u8]) -> Result<(), PathError> {
    match segment {
        b"" => Err(PathError::EmptySegment),
        b"." | b".." => Err(PathError::DotSegment),
        _ if segment.contains(&0) => Err(PathError::Nul),
        _ => Ok(()),
    }
}

/// Segment by segment: a folder comes right before what it holds, and its siblings follow after that.
///
/// This is the order in which a depth-first walk with sorted folders meets files, so two trees can be compared
/// by walking them side by side.
impl Ord for RelativePath {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
        self.0.iter().map(order).cmp(other.0.iter().map(order))
    }
}

impl PartialOrd for RelativePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for RelativePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for RelativePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(deserializer)?;
        Self::parse(bytes).map_err(de::Error::custom)
    }
}

/// Shows the path on one line whatever it holds: control characters and bytes that are no UTF-8 as `\xNN`.
impl fmt::Display for RelativePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(&self.0, formatter)
    }
}

impl fmt::Debug for RelativePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{self}\"")
    }
}

fn write_escaped(bytes: &[u8], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '\\' {
                formatter.write_str("\\\\")?;
            } else if character.is_control() {
                let mut buffer = [0; 4];
                for byte in character.encode_utf8(&mut buffer).bytes() {
                    write!(formatter, "\\x{byte:02x}")?;
                }
            } else {
                write!(formatter, "{character}")?;
            }
        }
        for byte in chunk.invalid() {
            write!(formatter, "\\x{byte:02x}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text).unwrap()
    }

    #[test]
    fn refuses_what_could_leave_the_root() {
        for bad in ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "a\0b"] {
            assert!(RelativePath::parse(bad).is_err(), "{bad:?} was taken");
        }
        for good in ["a", "a/b", ".a", "..a", "a b", " ", "...", "-"] {
            assert!(RelativePath::parse(good).is_ok(), "{good:?} was refused");
        }
    }

    #[test]
    fn a_folder_stands_right_before_what_it_holds() {
        let mut paths = [path("a-b"), path("a/x"), path("a"), path("a.b/c"), path("a/x/y"), path("ab")];
        paths.sort();
        assert_eq!(paths.map(|path| path.to_string()), ["a", "a/x", "a/x/y", "a-b", "a.b/c", "ab"]);
    }

    #[test]
    fn shows_any_bytes_on_one_line() {
        let path = RelativePath::parse(b"a\n\xff\\b/\xc3\xa4".to_vec()).unwrap();
        assert_eq!(path.to_string(), "a\\x0a\\xff\\\\b/ä");
    }

    #[test]
    fn knows_its_own_folder() {
        assert!(path(".podfs").is_reserved() && path(".podfs/head").is_reserved());
        assert!(!path(".podfsx/head").is_reserved() && !path("a/.podfs").is_reserved());
    }

    proptest! {
        #[test]
        fn a_child_lies_beneath_its_parent(segments in prop::collection::vec("[a-c.-]{1,3}", 1..5)) {
            let joined = segments.join("/");
            prop_assume!(segments.iter().all(|segment| segment != "." && segment != ".."));
            let whole = path(&joined);
            let parent = whole.parent();
            prop_assert_eq!(&RelativePath::child(parent.as_ref(), whole.file_name()).unwrap(), &whole);
            if let Some(parent) = parent {
                prop_assert!(whole.is_beneath(&parent) && parent < whole && !parent.is_beneath(&whole));
            }
        }
    }
}
