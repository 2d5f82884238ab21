//! Between paths in a volume and keys in a bucket.

use podfs_sync::path::PathError;
use podfs_sync::{ErrorKind, RelativePath, RemoteError};

use crate::naming::{NameRefusal, Speller};

/// The longest key that S3 takes, in bytes of UTF-8.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const LONGEST_KEY: usize = 1024;

/// The keys below one prefix.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    /// Empty, or ending in `/`.
    prefix: String,
    speller: Speller,
    backslashes: bool,
}

/// What a key stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    File(RelativePath),
    Unusable(String),
}

impl Keys {
    /// `prefix` is a directory as a user writes it; the reason why not otherwise. `backslashes`: whether the store
    /// leaves them alone.
    pub(super) fn new(prefix: &str, speller: Speller, backslashes: bool) -> Result<Self, String> {
        let trimmed = prefix.trim_matches('/');
        if trimmed.is_empty() {
            return Ok(Self { prefix: String::new(), speller, backslashes });
        }
        RelativePath::parse(trimmed).map_err(|cause| format!("the path {prefix:?} {cause}"))?;
        let mut prefix = String::from_utf8(speller.store_path_of_standard(trimmed))
            .map_err(|_| format!("the path {prefix:?} is no text in the store's spelling"))?;
        prefix.push('/');
        Ok(Self { prefix, speller, backslashes })
    }

    /// What all keys begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key of a path.
    ///
    /// # Errors
    /// [`ErrorKind::Name`] when no key can stand for it.
    pub(super) fn key(&self, operation: &'static str, path: &RelativePath) -> Result<String, RemoteError> {
        let refused = |reason: String| RemoteError::new(ErrorKind::Name, operation, path, reason);
        let name = self.speller.spell_path(path.as_bytes()).map_err(|cause| refused(cause.to_string()))?;
        let key = [self.prefix.as_str(), &name].concat();
        if key.len() > LONGEST_KEY {
            let length = key.len();
            return Err(refused(format!("its key has {length} bytes, S3 takes {LONGEST_KEY}")));
        }
        if !self.backslashes && name.contains('\\') {
            return Err(refused(String::from(
                "this store turns \\ into /; add BackSlash to the remote's `encoding`, or rename it",
            )));
        }
        Ok(key)
    }

    /// What a listed key stands for; `None` for keys outside and for folder markers, which hold nothing.
    pub(super) fn meaning(&self, key: &str, size: u64) -> Option<Meaning> {
        let name = key.strip_prefix(&self.prefix)?;
        if name.is_empty() || (name.ends_with('/') && size == 0) {
            return None;
        }
        let raw = self.speller.unspell_path(name).map_err(|cause: NameRefusal| cause.to_string());
        let path = raw.and_then(|raw| RelativePath::parse(raw).map_err(|cause: PathError| cause.to_string()));
        Some(path.map_or_else(Meaning::Unusable, Meaning::File))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naming::Mask;

    fn keys(prefix: &str) -> Keys {
        Keys::new(prefix, Speller::new(Mask::S3), true).unwrap()
    }

    fn path(bytes: &[u8]) -> RelativePath {
        RelativePath::parse(bytes).unwrap()
    }

    #[test]
    fn names_come_back_as_they_were() {
        let keys = keys("/some/dir/");
        for name in [&b"a"[..], b" a ", b"\ta\n", b"a\\b", b"%41", b"a+b?c#d&e", b"gro\xdf", "ä/ü".as_bytes()]
        {
            let key = keys.key("upload", &path(name)).unwrap();
            assert!(key.starts_with("some/dir/"));
            assert_eq!(keys.meaning(&key, 1), Some(Meaning::File(path(name))), "{key:?}");
        }
    }

    #[test]
    fn only_files_below_the_prefix_are_listed() {
        let keys = keys("dir");
        for nothing in ["dir/", "dir/sub/", "dirx/a", "a"] {
            assert_eq!(keys.meaning(nothing, 0), None, "{nothing}");
        }
        for unusable in ["dir/a//b", "dir/..", "dir/sub/../b", "dir//a"] {
            assert!(matches!(keys.meaning(unusable, 0), Some(Meaning::Unusable(_))), "{unusable}");
        }
        assert!(matches!(keys.meaning("dir/sub/", 3), Some(Meaning::Unusable(_))));
    }

    #[test]
    fn a_store_that_swallows_backslashes_gets_none() {
        let keys = Keys::new("", Speller::new(Mask::S3), false).unwrap();
        assert_eq!(keys.key("upload", &path(b"a\\b")).unwrap_err().kind, ErrorKind::Name);
        let keys = Keys::new("", Speller::new(Mask::S3.with(Mask::BACK_SLASH)), false).unwrap();
        assert_eq!(keys.key("upload", &path(b"a\\b")).unwrap(), "a＼b");
    }

    #[test]
    fn refuses_what_a_key_cannot_hold() {
        let long = ["a".repeat(250).as_str(); 5].join("/");
        let error = keys("").key("upload", &path(long.as_bytes())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Name);
        assert!(Keys::new("a/../b", Speller::new(Mask::S3), true).is_err());
    }
}
