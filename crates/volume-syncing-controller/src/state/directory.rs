//! The state directory: found or made, private, and never inside what is synced.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::place::{Place, Surroundings};
use super::real_path::real_path;
use crate::failure::Failure;

/// Read, write and enter for the owner, nothing for anybody else.
const PRIVATE: u32 = 0o700;

/// A directory of our own that exists and can be written.
#[derive(Debug)]
pub(crate) struct StateDirectory {
    path: PathBuf,
}

impl StateDirectory {
    /// Finds or makes the state directory for syncs of `local` (a real path), or for none.
    pub(crate) fn open(
        chosen: Option<&Path>,
        surroundings: &Surroundings,
        local: Option<&Path>,
    ) -> Result<Self, Failure> {
        let mut refused = String::new();
        for place in surroundings.places(chosen) {
            match Self::try_place(&place, surroundings.user, local)? {
                Ok(directory) => return Ok(directory),
                Err(problem) => {
                    tracing::debug!("no state directory at {}: {problem}", place.path.display());
                    refused = format!("{refused}{}: {problem}; ", place.path.display());
                }
            }
        }
        Err(Failure::configuration(format!(
            "there is no place for the state directory: {refused}give one that this user can write with --state-dir"
        )))
    }

    /// Where locks are.
    pub(super) fn locks(&self) -> PathBuf {
        self.path.join("locks")
    }

    /// Where it is remembered what was synced.
    pub(super) fn indexes(&self) -> PathBuf {
        self.path.join("indexes")
    }

    /// Where it is noted what is mounted inside `local` (a real path), for all remotes that are synced to at this path: one
    /// that is configured anew is to know it too.
    pub(crate) fn mounts_of(&self, local: &Path, remote_path: &str) -> PathBuf {
        let name = name_by(&hasher_of(local, remote_path.trim_matches('/')));
        self.indexes().join(format!("{name}.mounts"))
    }

    /// The receipt of the volume at `local` (a real path), where its own file system cannot hold one.
    pub(crate) fn receipt_of(&self, local: &Path) -> PathBuf {
        self.receipts().join(format!("{}.json", name_of(local)))
    }

    fn receipts(&self) -> PathBuf {
        self.path.join("receipts")
    }

    /// Where the large files are noted that a restore into `local` (a real path) has not finished.
    pub(crate) fn downloads_of(&self, local: &Path) -> PathBuf {
        self.downloads().join(format!("{}.json", name_of(local)))
    }

    fn downloads(&self) -> PathBuf {
        self.path.join("downloads")
    }

    /// Where a plan goes that is too large for memory.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.path.join("scratch")
    }

    /// Where large uploads under way are noted.
    pub(crate) fn uploads(&self) -> PathBuf {
        self.path.join("uploads")
    }

    /// The outer error ends the search, the inner one only says that this place will not do.
    fn try_place(place: &Place, user: u32, local: Option<&Path>) -> Result<io::Result<Self>, Failure> {
        let path = match real_path(&place.path) {
            Ok(path) => path,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(local) = local.filter(|local| path.starts_with(local)) {
            return Err(inside(&path, local));
        }
        let directory = Self { path };
        Ok(directory.make(place, user).map(|()| directory))
    }

    fn make(&self, place: &Place, user: u32) -> io::Result<()> {
        if place.must_be_private {
            // Looked at under its own name: a symbolic link in its place is somebody's trap.
            make_private(&place.path)?;
            check_private(&place.path, user)?;
        } else {
            make_private(&self.path)?;
        }
        make_private(&self.locks())?;
        make_private(&self.indexes())?;
        make_private(&self.receipts())?;
        make_private(&self.downloads())?;
        make_private(&self.scratch())
    }
}

/// One name for each local directory, whatever its path is.
pub(super) fn name_of(local: &Path) -> String {
    name_by(blake3::Hasher::new().update(local.as_os_str().as_bytes()))
}

/// Of a local directory, and of something on the other side.
pub(super) fn hasher_of(local: &Path, there: &str) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    hasher.update(local.as_os_str().as_bytes()).update(&[0]).update(there.as_bytes());
    hasher
}

/// The name of a file for all that was hashed.
pub(super) fn name_by(hasher: &blake3::Hasher) -> String {
    let hash = hasher.finalize().to_hex();
    hash.get(..32).unwrap_or(&hash).to_owned()
}

fn make_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE).create(path)
}

fn check_private(path: &Path, user: u32) -> io::Result<()> {
    let found = std::fs::symlink_metadata(path)?;
    if found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is not a private directory of this user"))
}

fn inside(path: &Path, local: &Path) -> Failure {
    Failure::configuration(format!(
        "the state directory {} lies inside the synced directory {}; give another one with --state-dir",
        path.display(),
        local.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    struct World {
        _folder: tempfile::TempDir,
        root: PathBuf,
        surroundings: Surroundings,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("tmp")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        let user = rustix::process::geteuid().as_raw();
        // A home that is a file cannot hold a directory, whoever runs the tests.
        let surroundings = Surroundings {
            user: if user == 0 { 1 } else { user },
            state_home: Some(root.join("file")),
            home: None,
            temporary: root.join("tmp"),
        };
        World { _folder: folder, root, surroundings }
    }

    #[test]
    fn a_chosen_directory_is_made_private() {
        let world = world();
        let chosen = world.root.join("a/state");
        let local = world.root.join("data");
        let directory = StateDirectory::open(Some(&chosen), &world.surroundings, Some(&local)).unwrap();
        for path in [chosen, directory.locks(), directory.receipts(), directory.scratch()] {
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o700,
                "{}",
                path.display()
            );
        }
    }

    #[test]
    fn it_never_lies_inside_the_synced_directory() {
        let world = world();
        let local = world.root.join("data");
        for chosen in ["data", "data/state", "tmp/../data/x"] {
            let chosen = world.root.join(chosen);
            let failure = StateDirectory::open(Some(&chosen), &world.surroundings, Some(&local)).unwrap_err();
            assert!(failure.to_string().contains("inside"), "{failure}");
        }
        assert!(!local.exists());
        let beside = world.root.join("database");
        assert!(StateDirectory::open(Some(&beside), &world.surroundings, Some(&local)).is_ok());
    }

    #[test]
    fn without_a_home_the_temporary_directory_must_do() {
        let mut world = world();
        world.surroundings.user = rustix::process::geteuid().as_raw();
        if world.surroundings.user == 0 {
            return; // Root has a place of its own.
        }
        let directory =
            StateDirectory::open(None, &world.surroundings, Some(&world.root.join("data"))).unwrap();
        assert!(directory.path.starts_with(world.root.join("tmp")));
    }

    #[test]
    fn a_trap_in_the_temporary_directory_is_not_entered() {
        let world = world();
        let user = rustix::process::geteuid().as_raw();
        let place = Place { path: world.root.join("tmp/podfs"), must_be_private: true };
        fs::create_dir(world.root.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(world.root.join("elsewhere"), &place.path).unwrap();
        let tried = StateDirectory::try_place(&place, user, None).unwrap();
        assert!(tried.is_err());

        fs::remove_file(&place.path).unwrap();
        fs::create_dir(&place.path).unwrap();
        fs::set_permissions(&place.path, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(StateDirectory::try_place(&place, user, None).unwrap().is_err());
    }

    #[test]
    fn no_place_at_all_is_said_with_the_flag() {
        let mut world = world();
        world.surroundings.temporary = world.root.join("file");
        let chosen = world.root.join("file/state");
        let failure = StateDirectory::open(Some(&chosen), &world.surroundings, Some(Path::new("/nowhere")))
            .unwrap_err();
        assert!(failure.to_string().contains("--state-dir"), "{failure}");
    }
}
