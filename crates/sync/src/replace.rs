//! Files of ours in the state directory: each is old or new, whenever its writer is killed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How the name of a file ends that is not yet whole.
pub const UNFINISHED: &str = ".new";

/// The path with something at its end.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Lets what is written take the place of `path` once it is on disk. The folder exists.
///
/// It is written beside its place under a name that is always the same, with [`UNFINISHED`] at its end, so that what a killed
/// writer left is written over. One process at a time works for a volume; where several write one file all the same, it may
/// come to be a mixture of theirs, which its reader must be able to tell.
///
/// # Errors
/// Those of `write` and of the disk; what was there before then stays.
pub fn replace<T>(path: &Path, write: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
    let beside = with_suffix(path, UNFINISHED);
    let file = File::create(&beside)?;
    let written = write(&file).and_then(|written| {
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?.sync_all()?;
        Ok(written)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_is_old_or_new_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let put = |content: &'static str| replace(&path, |mut file| file.write_all(content.as_bytes()));
        fs::write(with_suffix(&path, UNFINISHED), "left by a killed one, and longer").unwrap();
        put("old").unwrap();
        let failed = replace(&path, |mut file| {
            file.write_all(b"ha")?;
            Err::<(), _>(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        put("new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
