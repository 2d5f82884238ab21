//! What the guard has to know of a restore's target folder.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::rules::Valve;
use crate::local::LocalError;

/// Folders that are never emptied by a restore, whatever leads there.
const SYSTEM_FOLDERS: [&str; 6] = ["/", "/bin", "/usr/bin", "/usr/lib", "/home", "/root"];

/// A restore's target as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetFacts {
    /// The system folder that it is, however it was spelled.
    pub(crate) system_folder: Option<&'static str>,
    /// Whether no file lies in it (or it is missing).
    pub(crate) empty: bool,
    /// Its owner.
    pub(crate) owner: u32,
    /// The user that this process acts as.
    pub(crate) process: u32,
    /// Whether an earlier restore of ours filled it.
    pub(crate) receipt: bool,
}

impl TargetFacts {
    /// Looks at the target, if it `exists`; `receipt` says whether an earlier restore of ours filled it.
    pub(crate) fn look(exists: bool, path: &Path, receipt: bool) -> Result<Self, LocalError> {
        let process = rustix::process::geteuid().as_raw();
        if !exists {
            return Ok(Self { system_folder: None, empty: true, owner: process, process, receipt: false });
        }
        let error = |cause| LocalError::new("look at", path.display(), cause);
        let metadata = std::fs::metadata(path).map_err(error)?;
        let empty = holds_no_file(path).map_err(error)?;
        Ok(Self { system_folder: system_folder(&metadata), empty, owner: metadata.uid(), process, receipt })
    }
}

/// Whether there is nothing that a restore could hurt: a fresh ext4 volume holds `lost+found`, and one with other volumes mounted
/// inside holds the empty folders that they are mounted on. What cannot be looked at may be anything.
fn holds_no_file(root: &Path) -> io::Result<bool> {
    let Some(mut open) = folders_alone(root, Some("lost+found"))? else { return Ok(false) };
    while let Some(folder) = open.pop() {
        let Ok(Some(inside)) = folders_alone(&folder, None) else { return Ok(false) };
        open.extend(inside);
    }
    Ok(true)
}

/// The folders in a folder; `None` as soon as there is anything else. What is called `but` does not count.
fn folders_alone(folder: &Path, but: Option<&str>) -> io::Result<Option<Vec<PathBuf>>> {
    let mut folders = Vec::new();
    for item in std::fs::read_dir(folder)? {
        let item = item?;
        if but.is_some_and(|but| item.file_name() == but) {
            continue;
        }
        if !item.file_type().is_ok_and(|kind| kind.is_dir()) {
            return Ok(None);
        }
        folders.push(item.path());
    }
    Ok(Some(folders))
}

/// The valve for system folders alone, for callers that meet another error about the target first.
///
/// # Errors
/// When it closes.
pub fn refuse_system_folder(local: &Path) -> Result<(), Valve> {
    match std::fs::metadata(local).ok().as_ref().and_then(system_folder) {
        Some(folder) => Err(Valve::SystemFolder { local: local.display().to_string(), folder }),
        None => Ok(()),
    }
}

/// By device and inode, so that links, `..` and bind mounts cannot hide it.
fn system_folder(target: &std::fs::Metadata) -> Option<&'static str> {
    SYSTEM_FOLDERS.into_iter().find(|folder| {
        std::fs::metadata(folder)
            .is_ok_and(|folder| (folder.dev(), folder.ino()) == (target.dev(), target.ino()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_of_empty_folders_holds_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("mounted/on/this")).unwrap();
        std::fs::create_dir(path("lost+found")).unwrap();
        std::fs::write(path("lost+found/file"), "").unwrap();
        assert!(holds_no_file(folder.path()).unwrap());
        std::os::unix::fs::symlink("nowhere", path("mounted/on/link")).unwrap();
        assert!(!holds_no_file(folder.path()).unwrap());
    }

    #[test]
    fn a_system_folder_is_known_by_any_spelling() {
        let temporary = tempfile::tempdir().unwrap();
        let link = temporary.path().join("link");
        std::os::unix::fs::symlink("/usr/lib", &link).unwrap();
        for (path, expected) in [
            (Path::new("/"), Some("/")),
            (Path::new("/usr/../usr/bin/."), Some("/usr/bin")),
            (&link, Some("/usr/lib")),
            (temporary.path(), None),
            (Path::new("/usr"), None),
        ] {
            let found = system_folder(&std::fs::metadata(path).unwrap());
            // On systems with a merged /usr, /bin and /usr/bin are one.
            let same = found.zip(expected).is_some_and(|(found, expected)| {
                std::fs::canonicalize(found).unwrap() == std::fs::canonicalize(expected).unwrap()
            });
            assert!(same || found == expected, "{path:?}: {found:?}");
        }
    }
}
