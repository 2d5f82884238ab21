//! A tree with every kind of attribute that a file, folder or link can have.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
use rustix::fs::{chownat, lsetxattr, mknodat, utimensat};

use super::make::{make_dir, make_file};
use super::snapshot::{Kind, snapshot};
use super::symlinks;

/// A user and a group that are nobody's on the machines that run tests.
const STRANGER: (u32, u32) = (1234, 5678);
/// Longer than any block of a file system, so that a hole is one.
const HOLE: u64 = 1 << 20;

/// Makes the tree inside `dir`, and gives `dir` itself a mode, an attribute and a time. What only root may give
/// (owners, capabilities) it has only when root makes it.
///
/// Everything but special files is in it: see [`special_files`].
pub fn attribute_tree(dir: &Path) -> Result<()> {
    for (name, mode) in FILES {
        make_file(dir, format!("modes/{name}"), name.as_bytes(), 0)?;
        set_mode(&dir.join("modes").join(name), mode)?;
    }
    symlinks(dir)?;
    hard_links(dir)?;
    extended(dir)?;
    sparse_files(dir)?;
    make_dir(dir, "hollow/inner/innermost")?;
    if rustix::process::geteuid().is_root() {
        owners(dir)?;
    }
    // Folders last: one of them lets nobody in.
    for (name, mode) in FOLDERS {
        make_file(dir, format!("folders/{name}/file"), name.as_bytes(), 0)?;
        set_mode(&dir.join("folders").join(name), mode)?;
    }
    set_mode(dir, 0o2751)?;
    give_times(dir)
}

/// A FIFO and a socket, which a sync records and a restore reports.
pub fn special_files(dir: &Path) -> Result<()> {
    let fifo = mknodat(CWD, dir.join("fifo"), FileType::Fifo, Mode::from_raw_mode(0o600), 0);
    fifo.context("cannot make a FIFO")?;
    UnixListener::bind(dir.join("socket")).context("cannot make a socket").map(drop)
}

const FILES: [(&str, u32); 8] = [
    ("private", 0o600),
    ("readable", 0o644),
    ("closed", 0o000),
    ("program", 0o755),
    ("set-user-id", 0o4755),
    ("set-group-id", 0o2755),
    ("both", 0o6711),
    ("sticky", 0o1644),
];

const FOLDERS: [(&str, u32); 5] =
    [("private", 0o700), ("read-only", 0o555), ("closed", 0o000), ("shared", 0o1777), ("group", 0o2775)];

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the mode of {}", path.display()))
}

/// Groups of names inside one folder, across folders, and with a name that comes before its folder's other files.
fn hard_links(dir: &Path) -> Result<()> {
    for (first, others) in
        [("links/one", &["links/two", "links/three"][..]), ("tied/z/last", &["a-tied", "tied/a/first"])]
    {
        make_file(dir, first, first.as_bytes(), 0)?;
        for other in others {
            let other = dir.join(other);
            fs::create_dir_all(other.parent().context("it has a parent")?)?;
            fs::hard_link(dir.join(first), &other).with_context(|| format!("cannot link {other:?}"))?;
        }
    }
    Ok(())
}

fn extended(dir: &Path) -> Result<()> {
    make_file(dir, "extended/file", b"with attributes", 0)?;
    make_file(dir, "extended/shared", b"with an ACL", 0)?;
    make_dir(dir, "extended/inherited")?;
    let below = |name: &str| dir.join("extended").join(name);
    set_extended(dir, "user.of.the.root", b"root")?;
    set_extended(&below(""), "user.note", b"of a folder")?;
    set_extended(&below("file"), "user.note", b"\0any\xff")?;
    set_extended(&below("file"), "user.empty", b"")?;
    set_extended(&below("file"), "user.long", &[b'x'; 2_000])?;
    set_extended(&below("shared"), "system.posix_acl_access", &acl(6))?;
    set_extended(&below("inherited"), "system.posix_acl_access", &acl(7))?;
    set_extended(&below("inherited"), "system.posix_acl_default", &acl(5))?;
    // It gets an ACL of its own from its folder.
    make_file(dir, "extended/inherited/file", b"inherits", 0)
}

/// Sets an extended attribute, of a symbolic link itself.
pub fn set_extended(path: &Path, name: &str, value: &[u8]) -> Result<()> {
    lsetxattr(path, name, value, XattrFlags::empty())
        .with_context(|| format!("cannot set {name} of {}", path.display()))
}

/// A POSIX ACL as the kernel takes it (`linux/posix_acl_xattr.h`): a user beside the usual entries, who may do this.
fn acl(permissions: u16) -> Vec<u8> {
    const NOBODY_IN_PARTICULAR: u32 = u32::MAX;
    let entries = [
        (0x01_u16, 7_u16, NOBODY_IN_PARTICULAR),
        (0x02, permissions, STRANGER.0),
        (0x04, 5, NOBODY_IN_PARTICULAR),
        (0x10, 7, NOBODY_IN_PARTICULAR),
        (0x20, 0, NOBODY_IN_PARTICULAR),
    ];
    let mut value = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        value.extend(tag.to_le_bytes());
        value.extend(permissions.to_le_bytes());
        value.extend(id.to_le_bytes());
    }
    value
}

fn sparse_files(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir.join("sparse"))?;
    let make = |name: &str, data: &[u64], size: u64| -> Result<()> {
        let file = File::create(dir.join("sparse").join(name))?;
        data.iter().try_for_each(|offset| file.write_all_at(b"data", *offset))?;
        file.set_len(size).map_err(Into::into)
    };
    make("nothing", &[], HOLE)?;
    make("middle", &[0, 3 * HOLE], 4 * HOLE)?;
    make("begin-and-end", &[2 * HOLE + 5], 5 * HOLE + 1)
}

fn owners(dir: &Path) -> Result<()> {
    // In version 2 of the kernel's `vfs_cap_data`: may bind low ports, effective.
    const CAPABILITY: [u8; 20] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    make_file(dir, "owners/file", b"somebody else's", 0)?;
    make_file(dir, "owners/set-user-id", b"somebody else's", 0)?;
    make_file(dir, "owners/capable", b"somebody else's", 0)?;
    make_dir(dir, "owners/folder")?;
    symlink("file", dir.join("owners/link")).context("cannot make a link")?;
    for name in ["file", "set-user-id", "capable", "folder", "link"] {
        give_to(&dir.join("owners").join(name), STRANGER)?;
    }
    set_mode(&dir.join("owners/set-user-id"), 0o6750)?;
    set_extended(&dir.join("owners/capable"), "security.capability", &CAPABILITY)
}

/// Gives something to a user and a group; a symbolic link itself.
pub fn give_to(path: &Path, (user, group): (u32, u32)) -> Result<()> {
    let (user, group) = (Some(Uid::from_raw(user)), Some(Gid::from_raw(group)));
    chownat(CWD, path, user, group, AtFlags::SYMLINK_NOFOLLOW)
        .with_context(|| format!("cannot give {} away", path.display()))
}

/// A time of its own for everything, the root too; inner ones first, because they change their folders' times. Some are
/// before 1970 and some far from now.
fn give_times(dir: &Path) -> Result<()> {
    let paths = snapshot(dir)?.into_iter().rev();
    for (index, (path, state)) in paths.enumerate() {
        let number = i64::try_from(index)?;
        let seconds = match index % 3 {
            0 => 1_600_000_000 + number,
            1 => 5_000_000_000 + number,
            _ => -1_000_000 - number,
        };
        // rsync and some stores know nothing of files before 1970.
        let seconds = if state.kind == Kind::File { seconds.abs() } else { seconds };
        set_time(&join(dir, &path), (seconds, 123_456_001 + number))?;
    }
    set_time(dir, (1_500_000_000, 7))
}

fn join(dir: &Path, path: &[u8]) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt;
    dir.join(std::ffi::OsStr::from_bytes(path))
}

/// Sets the modification time of anything, of a symbolic link itself.
pub fn set_time(path: &Path, (tv_sec, tv_nsec): (i64, i64)) -> Result<()> {
    let time = Timespec { tv_sec, tv_nsec };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
        .with_context(|| format!("cannot set the time of {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Compare, differences};

    #[test]
    fn each_kind_of_attribute_is_there_and_is_compared() {
        let dir = tempfile::tempdir().unwrap();
        let (full, bare) = (dir.path().join("full"), dir.path().join("bare"));
        fs::create_dir(&full).unwrap();
        attribute_tree(&full).unwrap();
        let mut copy = std::process::Command::new("cp");
        copy.args(["-r", "--sparse=never", "--no-preserve=all"]).arg(&full).arg(&bare);
        assert!(copy.status().unwrap().success());
        let (full, bare) = (snapshot(&full).unwrap(), snapshot(&bare).unwrap());
        let lines = differences(&full, &bare, Compare::ALL).join("\n");
        for word in ["mode", "mtime", "first name", "holes", "extended"] {
            assert!(lines.contains(word), "{word}: {lines}");
        }
        if rustix::process::geteuid().is_root() {
            assert!(lines.contains("owner"), "{lines}");
        }
        assert_eq!(differences(&full, &full, Compare::ALL), Vec::<String>::new());
    }
}
