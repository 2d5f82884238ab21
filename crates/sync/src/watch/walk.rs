//! Puts watches on folders, and finds the folders in them.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, Statx, StatxFlags, fstat, statat, statx};
use rustix::io::Errno;

use super::follow::Follower;
use super::tree::{Place, WatchNumber};
use super::trouble::{Trouble, Troubles};
use crate::local::{LocalRoot, is_own_name, shared};
use crate::path::RelativePath;
use crate::scope::{Reach, Scope};

/// How many folders are watched before events are read again, so that the queue does not run over meanwhile.
const FOLDERS_AT_ONCE: usize = 64;

impl Follower {
    /// Watches some of the folders that have no watch yet.
    pub(super) fn watch_some(&mut self, troubles: &mut Troubles) {
        let root = LocalRoot::open(&self.path).ok();
        let Some(root) = root.filter(|root| fstat(root).is_ok_and(|stat| self.is_root(&stat))) else {
            return self.lose_root(troubles);
        };
        for _ in 0..FOLDERS_AT_ONCE {
            let Some(place) = self.unwatched.pop() else { break };
            if let Err(trouble) = self.watch(&root, place, troubles) {
                troubles.meet(&trouble);
            }
        }
    }

    /// Watches what is at a place, if it is a folder, and lists it.
    fn watch(&mut self, root: &LocalRoot, place: Place, troubles: &mut Troubles) -> Result<(), Trouble> {
        if self.tree.at(&place).is_some() {
            return Ok(());
        }
        let Some(parent) = self.tree.path(place.parent) else { return Ok(()) };
        let Ok(path) = RelativePath::child(parent.as_ref(), &place.name) else { return Ok(()) };
        let folder = match root.open_folder(Some(&path)) {
            Ok(folder) => folder,
            // Gone, or no folder any more: an event tells of that as well.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            Err(errno) => return Err(self.not_watched(root, path, errno)),
        };
        let watch = match self.add(root, &folder, &path, troubles) {
            Ok(watch) => watch,
            Err(errno) => return Err(self.not_watched(root, path, errno)),
        };
        self.tree.insert(watch, place);
        if fstat(&folder).is_ok_and(|stat| stat.st_dev != self.identity.0)
            && let Some(kind) = shared(folder.as_fd())
        {
            troubles.meet(&Trouble::Shared { path: root.show(&path), kind });
        }
        let listed = match self.list(watch, &folder) {
            // Deleted since it was opened.
            Err(Errno::NOENT) => Ok(()),
            listed => listed,
        };
        if !self.beginning {
            self.marks.mark(Some(path.clone()), Reach::Beneath);
        }
        listed.map_err(|errno| self.not_watched(root, path, errno))
    }

    /// Puts a watch on a folder. One that has a watch at another place has moved from there, and the event is still to
    /// come; or it is in the tree twice.
    fn add(
        &mut self,
        root: &LocalRoot,
        folder: &OwnedFd,
        path: &RelativePath,
        troubles: &mut Troubles,
    ) -> rustix::io::Result<WatchNumber> {
        let watch = self.queue.add(folder.as_fd())?;
        let Some(other) = self.tree.path(watch) else { return Ok(watch) };
        let there = root.open_folder(other.as_ref());
        if there.is_ok_and(|there| is_mounted_elsewhere(folder, &there)) {
            troubles.meet(&Trouble::SeenTwice { path: root.show(path) });
        }
        if watch == self.tree.root() {
            // Its watch cannot be given away.
            return Err(Errno::LOOP);
        }
        self.unwatch(watch);
        self.queue.add(folder.as_fd())
    }

    fn not_watched(&mut self, root: &LocalRoot, path: RelativePath, errno: Errno) -> Trouble {
        let shown = root.show(&path);
        if !self.beginning {
            self.marks.mark(Some(path), Reach::Beneath);
        }
        match errno {
            Errno::NOSPC => {
                // The others would not get one either; those that are watched stay so.
                self.unwatched.clear();
                if !std::mem::replace(&mut self.limited, true) {
                    self.marks = Scope::Everything;
                }
                Trouble::WatchLimit { watched: self.tree.len() }
            }
            Errno::ACCESS | Errno::PERM => Trouble::Unreadable { path: shown, errno },
            errno => Trouble::NotWatched { path: shown, errno },
        }
    }

    /// Notes the folders in a folder. Where the file system does not tell what a name is, it is asked.
    pub(super) fn list(&mut self, watch: WatchNumber, folder: &OwnedFd) -> rustix::io::Result<()> {
        let is_root = watch == self.tree.root();
        for item in Dir::read_from(folder)? {
            let item = item?;
            let name = item.file_name().to_bytes();
            if name == b"." || name == b".." || is_root && is_own_name(name) {
                continue;
            }
            let kind = match item.file_type() {
                FileType::Unknown => match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(Errno::NOENT) => continue,
                    Err(errno) => return Err(errno),
                },
                kind => kind,
            };
            if kind == FileType::Directory {
                self.unwatched.push(Place { parent: watch, name: name.into() });
            }
        }
        Ok(())
    }
}

/// Whether two opened folders are one, seen through two mounts. Without that they are one that has moved meanwhile.
fn is_mounted_elsewhere(folder: &OwnedFd, other: &OwnedFd) -> bool {
    let look = |folder| statx(folder, c"", AtFlags::EMPTY_PATH, StatxFlags::INO | StatxFlags::MNT_ID);
    let (Ok(here), Ok(there)) = (look(folder), look(other)) else { return false };
    let identity = |stat: &Statx| (stat.stx_dev_major, stat.stx_dev_minor, stat.stx_ino);
    // Kernels before 5.8 do not tell the mount, and say 0 for both.
    identity(&here) == identity(&there) && here.stx_mnt_id != there.stx_mnt_id
}
