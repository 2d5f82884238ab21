//! Small objects of our own on a remote (a head), each written over the very version that its writer has seen.

use crate::path::RelativePath;
use crate::remote::{ErrorKind, RemoteError};

/// How much a remote reads to see whether an object is still the version that it was: more is none of ours.
pub const LARGEST: usize = 1024 * 1024;

/// A small object as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    /// All of it.
    pub content: Vec<u8>,
    /// Which of all its versions this is.
    pub version: Version,
}

/// One version of a small object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// BLAKE3 of the content as the store has it.
    sum: blake3::Hash,
    /// What the store calls it, where it tells.
    tag: Option<String>,
    /// What it took the place of, and what that did: a store may go on showing these for a while.
    replaced: Vec<Option<blake3::Hash>>,
}

impl Small {
    /// What was read, and what the store calls it.
    #[must_use]
    pub fn new(content: Vec<u8>, tag: Option<String>) -> Self {
        let version = Version { sum: blake3::hash(&content), tag, replaced: Vec::new() };
        Self { content, version }
    }
}

impl Version {
    /// What was written over another version, or where nothing was, and what the store calls it.
    #[must_use]
    pub fn written(content: &[u8], tag: Option<String>, over: Option<&Self>) -> Self {
        let mut replaced = over.map_or_else(Vec::new, |over| over.replaced.clone());
        replaced.push(over.map(|over| over.sum));
        Self { sum: blake3::hash(content), tag, replaced }
    }

    /// What the store calls it.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }
}

/// Fails unless what was `found` at `path` is still `over`, or nothing where that is `None`. For stores that cannot see to it
/// themselves, right before the write.
///
/// # Errors
/// [`ErrorKind::Overtaken`] when it is not; and what went wrong with reading it.
pub fn check(
    path: &RelativePath,
    found: Result<Option<Small>, RemoteError>,
    over: Option<&Version>,
) -> Result<(), RemoteError> {
    let found = match found {
        Ok(found) => found.map(|small| small.version.sum),
        Err(error) if error.kind == ErrorKind::NotFound => None,
        // Whoever wrote it, it is nothing that was seen before.
        Err(error) if error.kind == ErrorKind::Corrupt => return Err(overtaken(path)),
        Err(error) => return Err(error),
    };
    let replaced = over.is_some_and(|over| over.replaced.contains(&found));
    if found == over.map(|over| over.sum) || replaced { Ok(()) } else { Err(overtaken(path)) }
}

fn overtaken(path: &RelativePath) -> RemoteError {
    let detail = "this one stopped before it changed anything more";
    RemoteError::new(ErrorKind::Overtaken, "write", path, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &[u8]) -> Result<Option<Small>, RemoteError> {
        Ok(Some(Small::new(content.to_vec(), None)))
    }

    fn failed(kind: ErrorKind) -> Result<Option<Small>, RemoteError> {
        Err(RemoteError::new(kind, "read", "head", ""))
    }

    fn outcome(found: Result<Option<Small>, RemoteError>, over: Option<&Version>) -> Option<ErrorKind> {
        let path = RelativePath::parse(".podfs/head").unwrap();
        check(&path, found, over).err().map(|error| error.kind)
    }

    #[test]
    fn only_what_was_seen_or_written_is_written_over() {
        let first = Small::new(b"first".to_vec(), Some("tag".to_owned())).version;
        let second = Version::written(b"second", None, Some(&first));
        let overtaken = Some(ErrorKind::Overtaken);
        assert_eq!(outcome(found(b"first"), Some(&first)), None, "whatever the store calls it by now");
        assert_eq!(outcome(found(b"second"), Some(&second)), None);
        assert_eq!(
            outcome(found(b"first"), Some(&second)),
            None,
            "the store is slow to show what was written"
        );
        assert_eq!(outcome(found(b"second"), Some(&first)), overtaken);
        assert_eq!(outcome(found(b"other"), Some(&second)), overtaken);
        assert_eq!(outcome(Ok(None), Some(&second)), overtaken);
        assert_eq!(outcome(found(b"other"), None), overtaken);
        for nothing in [Ok(None), failed(ErrorKind::NotFound)] {
            assert_eq!(outcome(nothing, None), None);
        }
        assert_eq!(outcome(Ok(None), Some(&Version::written(b"first", None, None))), None);
        assert_eq!(outcome(failed(ErrorKind::Corrupt), Some(&first)), overtaken);
        assert_eq!(outcome(failed(ErrorKind::Unreachable), Some(&first)), Some(ErrorKind::Unreachable));
    }
}
