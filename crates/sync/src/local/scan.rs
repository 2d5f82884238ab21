//! A depth-first walk over a local tree, in the order of [`RelativePath`], one item at a time.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, Stat, fstat, statat};
use rustix::io::Errno;

use super::error::LocalError;
use super::folder;
use super::look;
use super::names::Names;
use super::node::{LocalNode, LocalWhat, Seen};
use super::root::LocalRoot;
use super::temporary::is_temporary_name;
use super::ties::Ties;
use crate::attributes::read_extended;
use crate::noun::Noun;
use crate::path::RelativePath;

/// One thing that a scan met.
#[derive(Debug)]
pub enum Scanned {
    /// Something that lies there. A folder comes before what it holds, the root first.
    Found(LocalNode),
    /// Something that is never synced.
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
        /// Of a file: its inode and size, where at least those are known.
        file: Option<(u64, u64)>,
    },
}

/// How closely a scan looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Names, kinds, sizes and times.
    Listing,
    /// Also which names belong to one file: all that tells whether something changed.
    Marks,
    /// Also extended attributes, where links point, and which names belong to one file.
    Attributes,
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
        self.noun().counted(count)
    }

    /// The name of the kind.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        self.noun().plural
    }

    const fn noun(self) -> Noun {
        match self {
            Self::SymbolicLink => Noun::SYMBOLIC_LINK,
            Self::Special => Noun::SPECIAL,
            Self::Reserved => Noun::new("reserved name", "reserved names"),
            Self::LostAndFound => Noun::new("lost+found folder", "lost+found folders"),
            Self::Excluded => Noun::new("configuration file of our own", "configuration files of our own"),
        }
    }
}

/// The walk. Holds one opened folder for each level that it is down, and the names of those folders.
pub struct Scan<'root> {
    root: &'root LocalRoot,
    depth: Depth,
    /// Whether our own folder is walked like any other.
    reserved: bool,
    levels: Vec<Level>,
    ties: Ties,
    /// Where the walk starts, until it has; the inner `None` is the root.
    start: Option<Option<RelativePath>>,
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
    pub fn new(root: &'root LocalRoot, depth: Depth) -> Self {
        Self { root, depth, reserved: false, levels: Vec::new(), ties: Ties::default(), start: Some(None) }
    }

    /// A walk over the marks of what lies at `path` and beneath it, which may be nothing.
    #[must_use]
    pub fn beneath(root: &'root LocalRoot, path: Option<RelativePath>) -> Self {
        Self { start: Some(path), ..Self::new(root, Depth::Marks) }
    }

    /// Walks our own folder (`.podfs`) too: where the tree is a remote, it is part of the listing.
    #[must_use]
    pub const fn with_reserved(mut self) -> Self {
        self.reserved = true;
        self
    }

    /// Goes into a folder, and tells of the folder itself. `None`: it is gone.
    fn enter(&mut self, path: Option<RelativePath>) -> Option<Scanned> {
        match self.open(path.as_ref()) {
            Ok((level, what, seen)) => {
                self.levels.push(Level { path: path.clone(), ..level });
                Some(Scanned::Found(LocalNode { path, what, seen }))
            }
            // Gone between the look at its parent and now: as if it had never been there.
            Err(Errno::NOENT) if path.is_some() => None,
            Err(errno) => Some(self.unreadable("read the folder", path, errno)),
        }
    }

    fn open(&self, path: Option<&RelativePath>) -> rustix::io::Result<(Level, LocalWhat, Seen)> {
        let folder = match (self.levels.last(), path) {
            (Some(level), Some(path)) => open_child(level, path.file_name())?,
            _ => folder::open_folder(self.root.as_fd(), path)?,
        };
        let extended = match self.depth {
            Depth::Listing | Depth::Marks => Vec::new(),
            Depth::Attributes => read_extended(folder.as_fd())?,
        };
        let stat = fstat(&folder)?;
        let what = LocalWhat::of(&stat, extended, None);
        let names = Names::read(&mut Dir::read_from(&folder)?)?;
        Ok((Level { path: None, folder, names, next: 0 }, what, Seen::of(&stat)))
    }

    /// What the walk starts with.
    fn begin(&mut self, path: Option<RelativePath>) -> Step {
        let Some(path) = path else { return self.enter(None).map_or(Step::End, Step::Item) };
        match look::stat(self.root, &path) {
            Ok(stat) => self.classify(path, &stat),
            Err(errno) if look::is_gone(errno) => Step::End,
            Err(errno) => Step::Item(self.unreadable("look at", Some(path), errno)),
        }
    }

    fn unreadable(&self, operation: &'static str, path: Option<RelativePath>, errno: Errno) -> Scanned {
        let error = LocalError::new(operation, self.root.shown(path.as_ref()), errno);
        Scanned::Unreadable { path, error, file: None }
    }

    /// Looks at the next name of the innermost folder.
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
            && !(self.reserved && kind == SkippedKind::Reserved)
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
        let kind = FileType::from_raw_mode(stat.st_mode);
        match kind {
            FileType::Directory => return self.enter(Some(path)).map_or(Step::Again, Step::Item),
            FileType::RegularFile | FileType::Symlink if is_temporary_name(path.file_name()) => {
                return Step::Item(Scanned::Leftover(path));
            }
            _ => {}
        }
        match self.look(&path, stat, kind) {
            Ok(what) => {
                let seen = Seen::of(stat);
                Step::Item(Scanned::Found(LocalNode { path: Some(path), what, seen }))
            }
            Err(Errno::NOENT) => Step::Again,
            Err(errno) => {
                let mut item = self.unreadable("look at", Some(path), errno);
                if let (Scanned::Unreadable { file, .. }, FileType::RegularFile) = (&mut item, kind) {
                    *file = Some((stat.st_ino, u64::try_from(stat.st_size).unwrap_or(0)));
                }
                Step::Item(item)
            }
        }
    }

    fn look(&mut self, path: &RelativePath, stat: &Stat, kind: FileType) -> rustix::io::Result<LocalWhat> {
        let tie = match self.depth {
            Depth::Marks | Depth::Attributes if kind == FileType::RegularFile => self.ties.of(path, stat),
            _ => None,
        };
        match (self.depth, self.levels.last()) {
            (Depth::Attributes, Some(level)) => {
                look::closer(level.folder.as_fd(), path.file_name(), stat, tie)
            }
            _ => Ok(LocalWhat::of(stat, Vec::new(), tie)),
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

/// Whether this name at the root is no part of the tree: our own folder, and the file system's.
pub(crate) fn is_own_name(name: &[u8]) -> bool {
    own_name(name).is_some()
}

/// Whether this is such a name, or lies beneath one.
pub(crate) fn is_no_part_of_the_tree(path: &RelativePath) -> bool {
    path.segments().next().is_some_and(is_own_name)
}

impl Iterator for Scan<'_> {
    type Item = Scanned;

    fn next(&mut self) -> Option<Scanned> {
        let mut step = match self.start.take() {
            Some(path) => self.begin(path),
            None => Step::Again,
        };
        loop {
            match step {
                Step::Item(item) => return Some(item),
                Step::Again => step = self.step(),
                Step::End => return None,
            }
        }
    }
}
