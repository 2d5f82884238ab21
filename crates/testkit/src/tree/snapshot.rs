//! Everything about a tree that a sync may have to keep, in a form that can be compared.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::fs::{lgetxattr, llistxattr};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

/// A tree: each entry by its path relative to the root, in bytes.
pub type Snapshot = BTreeMap<Vec<u8>, FileState>;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A socket, a pipe or a device.
    Other,
}

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// What it is.
    pub kind: Kind,
    /// Bytes of a file; 0 for all else.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub mtime_ns: i128,
    /// Permission bits, with set-uid, set-gid and sticky.
    pub mode: u32,
    /// Hash of a file's content, in hexadecimal; empty for all else.
    pub sha256: String,
    /// Where a symbolic link points; empty for all else.
    pub target: Vec<u8>,
    /// User and group.
    pub owner: (u32, u32),
    /// Extended attributes with their values, POSIX ACLs among them, sorted; without our receipt and the node's labels.
    pub extended: Vec<(String, Vec<u8>)>,
    /// Of a file with several names inside the tree: the first of them.
    pub first_name: Option<Vec<u8>>,
    /// Whether a file takes clearly less room than its size says.
    pub holes: bool,
}

/// Reads a whole tree. The root itself is not part of it.
pub fn snapshot(dir: &Path) -> Result<Snapshot> {
    let mut tree = Snapshot::new();
    let mut names = BTreeMap::new();
    walk(dir, &[], &mut tree, &mut names)?;
    for mut paths in names.into_values().filter(|paths| paths.len() > 1) {
        paths.sort();
        for path in &paths {
            if let Some(state) = tree.get_mut(path) {
                state.first_name = paths.first().cloned();
            }
        }
    }
    Ok(tree)
}

/// What one path is: a tree's own root, for example.
pub fn state_of(path: &Path) -> Result<FileState> {
    FileState::of(path).with_context(|| format!("cannot look at {}", path.display()))
}

/// All names of each file, by device and inode.
type Names = BTreeMap<(u64, u64), Vec<Vec<u8>>>;

fn walk(dir: &Path, prefix: &[u8], tree: &mut Snapshot, names: &mut Names) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let entry = entry?;
        let full = entry.path();
        let path = [prefix, entry.file_name().as_bytes()].concat();
        let state = FileState::of(&full).with_context(|| format!("cannot look at {}", full.display()))?;
        if state.kind == Kind::Dir {
            walk(&full, &[path.as_slice(), b"/"].concat(), tree, names)?;
        }
        if state.kind == Kind::File {
            let meta = entry.metadata()?;
            names.entry((meta.dev(), meta.ino())).or_default().push(path.clone());
        }
        tree.insert(path, state);
    }
    Ok(())
}

impl FileState {
    fn of(path: &Path) -> io::Result<Self> {
        let meta = fs::symlink_metadata(path)?;
        let kind = kind(&meta);
        Ok(Self {
            kind,
            size: if kind == Kind::File { meta.len() } else { 0 },
            mtime_ns: i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec()),
            mode: meta.mode() & 0o7777,
            sha256: if kind == Kind::File { sha256(path)? } else { String::new() },
            target: if kind == Kind::Symlink { link_target(path)? } else { Vec::new() },
            owner: (meta.uid(), meta.gid()),
            extended: extended(path)?,
            first_name: None,
            holes: kind == Kind::File && meta.blocks() * 512 + 64 * 1024 < meta.len(),
        })
    }
}

fn kind(meta: &Metadata) -> Kind {
    let kind = meta.file_type();
    match (kind.is_file(), kind.is_dir(), kind.is_symlink()) {
        (true, ..) => Kind::File,
        (_, true, _) => Kind::Dir,
        (.., true) => Kind::Symlink,
        _ => Kind::Other,
    }
}

fn extended(path: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    const LARGEST: usize = 64 * 1024;
    let mut list = vec![0; LARGEST];
    let length = match llistxattr(path, &mut list[..]) {
        Err(Errno::OPNOTSUPP) => 0,
        length => length?,
    };
    let names =
        list.get(..length).unwrap_or_default().split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut found = Vec::new();
    for name in names.map(|name| String::from_utf8_lossy(name).into_owned()) {
        if name == "user.podfs.receipt" || name == "security.selinux" {
            continue;
        }
        let mut value = vec![0; LARGEST];
        let length = lgetxattr(path, &name, &mut value[..])?;
        value.truncate(length);
        found.push((name, value));
    }
    found.sort();
    Ok(found)
}

fn link_target(path: &Path) -> io::Result<Vec<u8>> {
    Ok(fs::read_link(path)?.as_os_str().as_bytes().to_vec())
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hash = HashWriter(Sha256::new());
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hash.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

struct HashWriter(Sha256);

impl io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{make_file, symlinks};

    #[test]
    fn a_file_is_seen_with_all_it_has() {
        let dir = tempfile::tempdir().unwrap();
        make_file(dir.path(), "a/b", b"abc", 1_500_000_000_000_000_042).unwrap();
        let state = &snapshot(dir.path()).unwrap()[b"a/b".as_slice()];
        assert_eq!((state.kind, state.size, state.mtime_ns), (Kind::File, 3, 1_500_000_000_000_000_042));
        assert_eq!(state.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn links_are_seen_as_links() {
        let dir = tempfile::tempdir().unwrap();
        symlinks(dir.path()).unwrap();
        let tree = snapshot(dir.path()).unwrap();
        assert_eq!(tree[b"link-to-dir".as_slice()].target, b"target");
        assert_eq!(tree[b"link-to-nowhere".as_slice()].kind, Kind::Symlink);
        assert_eq!(tree.len(), 8);
    }
}
