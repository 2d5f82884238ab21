//! Makes of a restored tree what a mirror of files cannot say: folders, links, other names, attributes.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, fstat, linkat, openat, renameat, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::error::LocalError;
use super::root::LocalRoot;
use super::temporary::temporary_name;
use crate::attributes::{self, Attributes, Loss};
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

type Result<T> = std::result::Result<T, LocalError>;

/// Works beneath one root.
pub struct Finisher<'root> {
    root: &'root LocalRoot,
}

impl<'root> Finisher<'root> {
    /// Nothing is changed yet.
    #[must_use]
    pub const fn new(root: &'root LocalRoot) -> Self {
        Self { root }
    }

    /// Makes a folder, and those that lead there.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn folder(&self, path: &RelativePath) -> Result<()> {
        self.root
            .make_folder(path)
            .map(|_| ())
            .map_err(|errno| self.root.error("create the folder", path, errno))
    }

    /// Makes a symbolic link, in place of a file or link that may stand there.
    ///
    /// # Errors
    /// When it cannot be made for another reason than that the file system has none.
    pub fn link(
        &self,
        path: &RelativePath,
        target: &[u8],
        attributes: &Attributes,
    ) -> Result<BTreeSet<Loss>> {
        let folder = self.root.make_parent(path)?;
        let error = |errno| self.root.error("create the link", path, errno);
        let name = temporary_name().map_err(error)?;
        match symlinkat(target, &folder, name.as_str()) {
            Ok(()) => {}
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS) => return Ok([Loss::SymbolicLink].into()),
            Err(errno) => return Err(error(errno)),
        }
        let made = open_handle(&folder, name.as_bytes())
            .map_err(error)
            .and_then(|handle| self.give(&handle, path, attributes))
            .and_then(|losses| {
                renameat(&folder, name.as_str(), &folder, path.file_name()).map_err(error)?;
                Ok(losses)
            });
        if made.is_err() {
            let _ = unlinkat(&folder, name.as_str(), AtFlags::empty());
        }
        made
    }

    /// Makes `path` another name of the file at `first`, which must have this size and time by now: when it could not
    /// be restored, its old content must not spread.
    ///
    /// # Errors
    /// When the file at `first` is not the one that is meant, or the name cannot be made.
    pub fn tie(
        &self,
        path: &RelativePath,
        first: &RelativePath,
        (size, modified): (u64, Timestamp),
    ) -> Result<BTreeSet<Loss>> {
        let from = self.root.open_parent(first)?;
        let folder = self.root.make_parent(path)?;
        let error = |errno| self.root.error("create the hard link", path, errno);
        let stat = statat(&from, first.file_name(), AtFlags::SYMLINK_NOFOLLOW).map_err(error)?;
        let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        let same_time =
            Attributes::of(&stat, Vec::new()).modified.same_within(modified, self.root.time_precision());
        if !is_file || !same_time || u64::try_from(stat.st_size).ok() != Some(size) {
            return Err(error(Errno::STALE));
        }
        let name = temporary_name().map_err(error)?;
        match linkat(&from, first.file_name(), &folder, name.as_str(), AtFlags::empty()) {
            Ok(()) => {}
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::MLINK | Errno::XDEV) => {
                return self.copy(path, first);
            }
            Err(errno) => return Err(error(errno)),
        }
        let renamed = renameat(&folder, name.as_str(), &folder, path.file_name());
        // A rename between two names of one file does nothing, and leaves both.
        let _ = unlinkat(&folder, name.as_str(), AtFlags::empty());
        renamed.map_err(error)?;
        Ok(BTreeSet::new())
    }

    /// Where names cannot be tied, each gets a copy of its own.
    fn copy(&self, path: &RelativePath, first: &RelativePath) -> Result<BTreeSet<Loss>> {
        let failed = |cause| LocalError::new("copy", self.root.show(path), cause);
        let mut from = self.root.open_file(first)?;
        let folder = self.root.make_parent(path)?;
        let name = temporary_name().map_err(|errno| failed(errno.into()))?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let to = openat(&folder, name.as_str(), flags, Mode::from_raw_mode(0o600));
        let mut to = File::from(to.map_err(|errno| failed(errno.into()))?);
        let copied = std::io::copy(&mut from, &mut to).and_then(|_| {
            let wanted = Attributes::of(&fstat(&from)?, attributes::read_extended(from.as_fd())?);
            let mut losses = attributes::apply(to.as_fd(), &wanted)?;
            to.sync_all()?;
            renameat(&folder, name.as_str(), &folder, path.file_name())?;
            losses.insert(Loss::HardLink);
            Ok(losses)
        });
        if copied.is_err() {
            let _ = unlinkat(&folder, name.as_str(), AtFlags::empty());
        }
        copied.map_err(failed)
    }

    /// Gives attributes to the file or folder that is there; to the root where `path` is `None`.
    ///
    /// # Errors
    /// When it cannot be looked at, or is of another kind.
    pub fn attributes(
        &self,
        path: Option<&RelativePath>,
        kind: FileType,
        wanted: &Attributes,
    ) -> Result<BTreeSet<Loss>> {
        let Some(path) = path else { return self.root_attributes(wanted) };
        let folder = self.root.open_parent(path)?;
        let handle = open_handle(&folder, path.file_name());
        let error = |errno| self.root.error("give attributes to", path, errno);
        let handle = handle.map_err(error)?;
        if FileType::from_raw_mode(fstat(&handle).map_err(error)?.st_mode) != kind {
            return Err(error(if kind == FileType::Directory { Errno::NOTDIR } else { Errno::INVAL }));
        }
        self.give(&handle, path, wanted)
    }

    /// The root of a volume belongs to whoever mounted it: it is changed where we may, and no loss where we may not.
    fn root_attributes(&self, wanted: &Attributes) -> Result<BTreeSet<Loss>> {
        let error = |cause| LocalError::new("give attributes to", self.root.path().display(), cause);
        let stat = fstat(self.root).map_err(|errno| error(errno.into()))?;
        let process = rustix::process::geteuid();
        if process.is_root() || process.as_raw() == stat.st_uid {
            attributes::apply(self.root.as_fd(), wanted).map_err(error)?;
        }
        Ok(BTreeSet::new())
    }

    fn give(&self, handle: &OwnedFd, path: &RelativePath, wanted: &Attributes) -> Result<BTreeSet<Loss>> {
        attributes::apply(handle.as_fd(), wanted)
            .map_err(|cause| LocalError::new("give attributes to", self.root.show(path), cause))
    }
}

/// Something itself, whatever it is and whoever may read it.
fn open_handle(folder: &OwnedFd, name: &[u8]) -> rustix::io::Result<OwnedFd> {
    openat(folder, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}
