//! What the guard has to know of a restore's target folder.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
    let items = |folder: &Path| std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>();
    let mut open = items(root)?;
    open.retain(|item| item.file_name() != "lost+found");
    while let Some(item) = open.pop() {
        if !item.file_type().is_ok_and(|kind| kind.is_dir()) {
            return Ok(false);
        }
        let Ok(inside) = items(&item.path()) else { return Ok(false) };
        open.extend(inside);
    }
    Ok(true)
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
