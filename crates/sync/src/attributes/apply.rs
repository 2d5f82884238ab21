//! Giving attributes to something that is opened, and looking at what came of it.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, Stat, Timespec, Timestamps, Uid, XattrFlags, chmod, chownat, fstat,
    removexattr, setxattr, utimensat,
};
use rustix::io::Errno;

use super::extended::{is_carried, proc_path, read_extended};
use super::{Attributes, Extended, Loss};

const SET_ID_BITS: u32 = 0o6000;

/// Makes the attributes of what is opened as `handle` (also with `O_PATH`, also a symbolic link) equal to `wanted`, as
/// far as this process and this file system can, and tells what is not equal afterwards.
///
/// What is there decides, not what calls answered: some file systems take a change and do nothing.
///
/// # Errors
/// When the system does not even tell what is there.
pub fn apply(handle: BorrowedFd<'_>, wanted: &Attributes) -> io::Result<BTreeSet<Loss>> {
    let before = fstat(handle)?;
    let present = read_extended(handle).unwrap_or_default();
    let path = proc_path(handle);
    let is_link = FileType::from_raw_mode(before.st_mode) == FileType::Symlink;
    // The owner comes first: changing it clears set-id bits and capabilities.
    let owner_changed = give_owner(handle, &before, wanted);
    if owner_changed || present != wanted.extended {
        give_extended(&path, &present, &wanted.extended);
    }
    // After the ACL, which changes the mode.
    if !is_link {
        give_mode(&path, wanted, fstat(handle)?, present != wanted.extended)?;
    }
    give_time(handle, &path, wanted)?;
    losses(handle, wanted, is_link)
}

fn give_owner(handle: BorrowedFd<'_>, before: &Stat, wanted: &Attributes) -> bool {
    if (before.st_uid, before.st_gid) == (wanted.owner, wanted.group) {
        return false;
    }
    let chown =
        |owner, group| chownat(handle, "", owner, group, AtFlags::EMPTY_PATH | AtFlags::SYMLINK_NOFOLLOW);
    let (owner, group) = (Uid::from_raw(wanted.owner), Gid::from_raw(wanted.group));
    // A file may be given to a group that one is in, also where it may not be given to another user.
    chown(Some(owner), Some(group)).or_else(|_| chown(None, Some(group))).is_ok()
}

fn give_extended(path: &Path, present: &[Extended], wanted: &[Extended]) {
    for surplus in present.iter().filter(|present| !wanted.iter().any(|wanted| wanted.name == present.name)) {
        let _ = removexattr(path, surplus.name.as_slice());
    }
    for attribute in wanted.iter().filter(|attribute| is_carried(&attribute.name)) {
        // What fails is seen when all is compared.
        let _ = setxattr(path, attribute.name.as_slice(), &attribute.value, XattrFlags::empty());
    }
}

/// Set-id bits would give a program the rights of somebody who never owned it: they come back only with the owner.
fn give_mode(path: &Path, wanted: &Attributes, now: Stat, acl_changed: bool) -> io::Result<()> {
    let is_folder = FileType::from_raw_mode(now.st_mode) == FileType::Directory;
    let same_owner = (now.st_uid, now.st_gid) == (wanted.owner, wanted.group);
    let mode = if same_owner || is_folder { wanted.mode } else { wanted.mode & !SET_ID_BITS };
    if !acl_changed && now.st_mode & super::MODE_BITS == mode {
        return Ok(());
    }
    match chmod(path, Mode::from_raw_mode(mode)) {
        Ok(()) | Err(Errno::PERM | Errno::OPNOTSUPP | Errno::ROFS | Errno::ACCESS) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// What has its time already is not touched, so that nobody sees a change where there was none.
fn give_time(handle: BorrowedFd<'_>, path: &Path, wanted: &Attributes) -> io::Result<()> {
    if Attributes::of(&fstat(handle)?, Vec::new()).modified == wanted.modified {
        return Ok(());
    }
    let (tv_sec, tv_nsec) = wanted.modified.parts();
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
        last_modification: Timespec { tv_sec, tv_nsec },
    };
    let _ = utimensat(CWD, path, &times, AtFlags::empty());
    Ok(())
}

fn losses(handle: BorrowedFd<'_>, wanted: &Attributes, is_link: bool) -> io::Result<BTreeSet<Loss>> {
    let extended = match wanted.extended.as_slice() {
        [] => Vec::new(),
        _ => read_extended(handle).unwrap_or_default(),
    };
    let present = Attributes::of(&fstat(handle)?, extended);
    let mut losses = BTreeSet::new();
    let mut note = |lost: bool, loss| {
        if lost {
            losses.insert(loss);
        }
    };
    note((present.owner, present.group) != (wanted.owner, wanted.group), Loss::Owner);
    note(!is_link && present.mode != wanted.mode, Loss::Mode);
    note(present.modified != wanted.modified, Loss::Time);
    for attribute in wanted.extended.iter().filter(|attribute| !present.extended.contains(attribute)) {
        note(true, if attribute.is_acl() { Loss::Acl } else { Loss::Extended });
    }
    Ok(losses)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::fs::symlink;

    use rustix::fs::{OFlags, open};

    use super::*;
    use crate::timestamp::Timestamp;

    fn extended(name: &str, value: &[u8]) -> Extended {
        Extended { name: name.into(), value: value.into() }
    }

    /// An access ACL that lets user 1234 read, beside the usual entries; the mask stands in the mode's group bits.
    fn acl() -> Extended {
        let mut value = 2_u32.to_le_bytes().to_vec();
        for (tag, permissions, id) in
            [(1_u16, 6_u16, u32::MAX), (2, 4, 1234), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)]
        {
            value.extend(tag.to_le_bytes());
            value.extend(permissions.to_le_bytes());
            value.extend(id.to_le_bytes());
        }
        extended("system.posix_acl_access", &value)
    }

    fn handle(path: &Path) -> OwnedFd {
        open(path, OFlags::PATH | OFlags::NOFOLLOW, Mode::empty()).unwrap()
    }

    fn look(path: &Path) -> Attributes {
        let handle = handle(path);
        Attributes::of(&fstat(&handle).unwrap(), read_extended(handle.as_fd()).unwrap())
    }

    fn wanted(mode: u32, extended: Vec<Extended>) -> Attributes {
        let (owner, group) = if rustix::process::geteuid().is_root() {
            (1234, 5678)
        } else {
            (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
        };
        Attributes {
            mode,
            owner,
            group,
            modified: Timestamp::from_nanoseconds(1_234_567_890_123_456_789),
            extended,
        }
    }

    #[test]
    fn a_file_gets_all_of_it_whatever_it_had() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        File::create(&path).unwrap();
        let handle = handle(&path);
        let with_acl = wanted(0o640, vec![acl(), extended("user.note", b"\0any\xff")]);
        let set_id = wanted(0o6750, vec![extended("user.other", b"")]);
        for wanted in [&with_acl, &set_id, &with_acl] {
            assert_eq!(apply(handle.as_fd(), wanted).unwrap(), BTreeSet::new());
            assert_eq!(&look(&path), wanted);
        }
    }

    #[test]
    fn a_file_that_nobody_may_read_and_a_folder_get_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inner");
        fs::create_dir(&path).unwrap();
        let wanted = wanted(0o3000, vec![extended("user.note", b"x")]);
        assert_eq!(apply(handle(&path).as_fd(), &wanted).unwrap(), BTreeSet::new());
        assert_eq!(look(&path), wanted);
    }

    #[test]
    fn a_link_gets_owner_and_time_and_what_it_points_at_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        File::create(&file).unwrap();
        symlink(&file, &link).unwrap();
        let untouched = look(&file);
        let wanted = Attributes { mode: 0o777, ..wanted(0o777, Vec::new()) };
        assert_eq!(apply(handle(&link).as_fd(), &wanted).unwrap(), BTreeSet::new());
        assert_eq!(look(&link), wanted);
        assert_eq!(look(&file), untouched);
    }

    #[test]
    fn what_a_file_system_cannot_hold_is_a_loss() {
        let wanted = wanted(0o600, vec![extended("user.note", b"x"), extended("nonsense.name", b"x")]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        File::create(&path).unwrap();
        assert_eq!(apply(handle(&path).as_fd(), &wanted).unwrap(), BTreeSet::from([Loss::Extended]));
    }

    #[test]
    fn labels_of_the_node_and_our_receipt_stay_where_they_are() {
        assert!(!is_carried(b"security.selinux"));
        assert!(!is_carried(b"user.podfs.receipt"));
        assert!(is_carried(b"security.capability"));
        assert!(is_carried(b"system.posix_acl_default"));
    }
}
