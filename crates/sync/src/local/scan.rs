//! A depth-first walk over a local tree, in the order of [`RelativePath`], one item at a time.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, Stat, statat};
use rustix::io::Errno;

use super::error::LocalError;
use super::folder;
use super::names::Names;
use super::root::LocalRoot;
use super::target::is_temporary_name;
use crate::entry::{Entry, Modified};
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

/// One thing that a scan met.
#[derive(Debug)]
pub enum Scanned {
    /// A regular file.
    File(Entry),
    /// Something that a mirror cannot hold.
    Skipped {
        /// Where it lies.
        path: RelativePath,
        /// What it is.
        kind: SkippedKind,
    },
    /// A temporary file that an earlier run of ours left behind.
    Leftover(RelativePath),
    /// A folder or file that cannot be looked at: what lies there is unknown. `None` stands for the root.
    Unreadable {
        /// Where it lies.
        path: Option<RelativePath>,
        /// Why not.
        error: LocalError,
    },
}

/// Why something was left out of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkippedKind {
    /// A symbolic link.
    SymbolicLink,
    /// A FIFO, socket or device.
    Special,
    /// `.podfs` at the root, which is our own name.
    Reserved,
    /// `lost+found` at the root: the file system's own.
    LostAndFound,
    /// A file that the settings exclude.
    Excluded,
}

impl SkippedKind {
    /// For people: `1 symbolic link`, `3 symbolic links`.
    #[must_use]
    pub fn counted(self, count: u64) -> String {
        let singular = match self {
            Self::SymbolicLink => "symbolic link",
            Self::Special => "FIFO, socket or device",
            Self::Reserved => "reserved name",
            Self::LostAndFound => "lost+found folder",
            Self::Excluded => "configuration file of our own",
        };
        format!("{count} {}", if count == 1 { singular } else { self.plural() })
    }

    /// The name of the kind.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::SymbolicLink => "symbolic links",
            Self::Special => "FIFOs, sockets or devices",
            Self::Reserved => "reserved names",
            Self::LostAndFound => "lost+found folders",
            Self::Excluded => "configuration files of our own",
        }
    }
}

/// The walk. Holds one opened folder for each level that it is down, and the names of those folders.
pub struct Scan<'root> {
    root: &'root LocalRoot,
    levels: Vec<Level>,
    started: bool,
}

struct Level {
    path: Option<RelativePath>,
    folder: OwnedFd,
    names: Names,
    next: usize,
}

impl<'root> Scan<'root> {
    /// A walk over the whole tree of `root`.
    #[must_use]
    pub fn new(root: &'root LocalRoot) -> Self {
        Self { root, levels: Vec::new(), started: false }
    }

    fn enter(&mut self, path: Option<RelativePath>) -> Option<Scanned> {
        let opened = match self.levels.last() {
            Some(level) => match &path {
                Some(path) => open_child(level, path.file_name()),
                None => return None,
            },
            None => folder::open_folder(self.root.as_fd(), None),
        };
        let read = opened.and_then(|folder| {
            let names = Names::read(&mut Dir::read_from(&folder)?)?;
            Ok((folder, names))
        });
        match read {
            Ok((folder, names)) => {
                self.levels.push(Level { path, folder, names, next: 0 });
                None
            }
            // Gone between the look at its parent and now: as if it had never been there.
            Err(Errno::NOENT) if path.is_some() => None,
            Err(errno) => Some(self.unreadable("read the folder", path, errno)),
        }
    }

    fn unreadable(&self, operation: &'static str, path: Option<RelativePath>, errno: Errno) -> Scanned {
        let shown = match &path {
            Some(path) => self.root.show(path),
            None => self.root.path().display().to_string(),
        };
        Scanned::Unreadable { path, error: LocalError::new(operation, shown, errno) }
    }

    /// Looks at the next name of the innermost folder. `Ok(None)`: nothing to report, go on.
    fn step(&mut self) -> Step {
        let Some(level) = self.levels.last_mut() else { return Step::End };
        let Some((name, hint)) = level.names.get(level.next) else {
            self.levels.pop();
            return Step::Again;
        };
        level.next += 1;
        let Ok(path) = RelativePath::child(level.path.as_ref(), name) else { return Step::Again };
        if level.path.is_none()
            && let Some(kind) = own_name(name)
        {
            return Step::Item(Scanned::Skipped { path, kind });
        }
        if hint == FileType::Directory {
            return self.enter(Some(path)).map_or(Step::Again, Step::Item);
        }
        match statat(&level.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => self.classify(path, &stat),
            Err(Errno::NOENT) => Step::Again,
            Err(errno) => Step::Item(self.unreadable("look at", Some(path), errno)),
        }
    }

    fn classify(&mut self, path: RelativePath, stat: &Stat) -> Step {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => self.enter(Some(path)).map_or(Step::Again, Step::Item),
            FileType::RegularFile if is_temporary_name(path.file_name()) => {
                Step::Item(Scanned::Leftover(path))
            }
            FileType::RegularFile => Step::Item(Scanned::File(Entry {
                path,
                size: u64::try_from(stat.st_size).unwrap_or(0),
                modified: Modified::At(Timestamp::from_parts(
                    stat.st_mtime,
                    stat.st_mtime_nsec.cast_signed(),
                )),
                tag: None,
            })),
            FileType::Symlink => Step::Item(Scanned::Skipped { path, kind: SkippedKind::SymbolicLink }),
            _ => Step::Item(Scanned::Skipped { path, kind: SkippedKind::Special }),
        }
    }
}

enum Step {
    Item(Scanned),
    Again,
    End,
}

fn open_child(level: &Level, name: &[u8]) -> rustix::io::Result<OwnedFd> {
    let path = RelativePath::child(None, name).map_err(|_| Errno::INVAL)?;
    folder::open_folder(level.folder.as_fd(), Some(&path))
}

fn own_name(name: &[u8]) -> Option<SkippedKind> {
    match name {
        crate::path::RESERVED_FOLDER => Some(SkippedKind::Reserved),
        b"lost+found" => Some(SkippedKind::LostAndFound),
        _ => None,
    }
}

impl Iterator for Scan<'_> {
    type Item = Scanned;

    fn next(&mut self) -> Option<Scanned> {
        if !self.started {
            self.started = true;
            if let Some(item) = self.enter(None) {
                return Some(item);
            }
        }
        loop {
            match self.step() {
                Step::Item(item) => return Some(item),
                Step::Again => {}
                Step::End => return None,
            }
        }
    }
}
