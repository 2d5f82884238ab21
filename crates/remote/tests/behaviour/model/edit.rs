//! What somebody does to a local tree.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use podfs_sync::{Reach, RelativePath, Scope};
use proptest::prelude::*;

/// A step of somebody who works on a tree with few names, so that they often meet.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Write(PathBuf, u8),
    /// New content of the old size.
    Rewrite(PathBuf),
    Append(PathBuf),
    Truncate(PathBuf),
    /// Of files and of folders.
    Rename(PathBuf, PathBuf),
    /// The same onto a place that is cleared first, whatever is there.
    Replace(PathBuf, PathBuf),
    Remove(PathBuf),
    RemoveEmptyFolder(PathBuf),
    Folder(PathBuf),
    Mode(PathBuf, u32),
    Link(PathBuf, String),
    Tie(PathBuf, PathBuf),
    /// A modification time before or after all others, near one of [`FAR`].
    SetFar(PathBuf, i64),
}

/// Seconds since 1970: years from 1906 to 2198.
const FAR: [i64; 5] = [-2_000_000_000, -40, 1_000_000, 4_200_000_000, 7_200_000_000];

pub(super) fn place() -> impl Strategy<Value = PathBuf> {
    "[abc](/[ab]){0,2}".prop_map(PathBuf::from)
}

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        5 => (place(), 0_u8..20).prop_map(|(path, size)| Edit::Write(path, size)),
        2 => place().prop_map(Edit::Rewrite),
        1 => place().prop_map(Edit::Append),
        1 => place().prop_map(Edit::Truncate),
        3 => (place(), place()).prop_map(|(from, to)| Edit::Rename(from, to)),
        3 => (place(), place()).prop_map(|(from, to)| Edit::Replace(from, to)),
        2 => place().prop_map(Edit::Remove),
        1 => place().prop_map(Edit::RemoveEmptyFolder),
        1 => place().prop_map(Edit::Folder),
        1 => (place(), 0_u32..0o1000).prop_map(|(path, mode)| Edit::Mode(path, mode)),
        1 => (place(), "[ab./]{1,4}").prop_map(|(path, target)| Edit::Link(path, target)),
        2 => (place(), place()).prop_map(|(first, path)| Edit::Tie(first, path)),
        1 => (place(), prop::sample::select(&FAR[..])).prop_map(|(path, time)| Edit::SetFar(path, time)),
    ]
}

impl Edit {
    /// Does it, and marks what a watch over the tree would.
    pub(super) fn apply_watched(&self, root: &Path, number: u64, marks: &mut Scope) {
        let paths = match self {
            Self::Rename(from, to) | Self::Replace(from, to) => vec![from, to],
            Self::Tie(_, path)
            | Self::Write(path, _)
            | Self::Rewrite(path)
            | Self::Append(path)
            | Self::Truncate(path)
            | Self::Remove(path)
            | Self::RemoveEmptyFolder(path)
            | Self::Folder(path)
            | Self::Mode(path, _)
            | Self::Link(path, _)
            | Self::SetFar(path, _) => vec![path],
        };
        let before: Vec<Change> = paths.iter().map(|path| Change::at(root, path)).collect();
        self.apply(root, number);
        let after = paths.iter().map(|path| Change::at(root, path));
        before.into_iter().chain(after).for_each(|change| change.mark(marks));
    }

    /// What cannot be done is left: most random edits do not fit the tree. `number` is different each time. It decides
    /// contents and times, so that no two contents have the same time.
    fn apply(&self, root: &Path, number: u64) {
        let at = |path: &PathBuf| root.join(path);
        let _: io::Result<()> = match self {
            Self::Write(path, size) => write(&at(path), &content(number, (*size).into()), number),
            Self::Rewrite(path) => {
                existing(&at(path)).and_then(|old| write(&at(path), &content(number, old.len()), number))
            }
            Self::Append(path) => existing(&at(path))
                .and_then(|old| write(&at(path), &[old, content(number, 3)].concat(), number)),
            Self::Truncate(path) => {
                existing(&at(path)).and_then(|old| write(&at(path), &old[..old.len() / 2], number))
            }
            Self::Rename(from, to) => fs::rename(at(from), at(to)),
            Self::Replace(from, to) if from.starts_with(to) || to.starts_with(from) => Ok(()),
            Self::Replace(from, to) => at(from).symlink_metadata().and_then(|_| {
                let _ = remove(&at(to));
                fs::rename(at(from), at(to))
            }),
            Self::Remove(path) => remove(&at(path)),
            Self::RemoveEmptyFolder(path) => fs::remove_dir(at(path)),
            Self::Folder(path) => fs::create_dir_all(at(path)),
            Self::Mode(path, mode) => set_mode(&at(path), *mode),
            Self::Link(path, target) => symlink(target, at(path)),
            Self::Tie(first, path) => fs::hard_link(at(first), at(path)),
            Self::SetFar(path, time) => {
                existing(&at(path)).and_then(|_| set_time(&at(path), time + number.cast_signed()))
            }
        };
    }
}

/// Where somebody works on a tree.
struct Change {
    path: RelativePath,
    reach: Reach,
    /// The way there leads through a link, so that it happens elsewhere.
    elsewhere: bool,
}

impl Change {
    fn at(root: &Path, path: &Path) -> Self {
        let is_folder = root.join(path).symlink_metadata().is_ok_and(|found| found.is_dir());
        let mut above = path.ancestors().skip(1);
        Self {
            path: RelativePath::parse(path.to_str().unwrap()).unwrap(),
            reach: if is_folder { Reach::Beneath } else { Reach::Itself },
            elsewhere: above.any(|folder| root.join(folder).is_symlink()),
        }
    }

    fn mark(self, marks: &mut Scope) {
        if self.elsewhere {
            return marks.mark(None, Reach::Beneath);
        }
        let mut folder = self.path.parent();
        marks.mark(Some(self.path), self.reach);
        // Names come and go in the folders above.
        while let Some(above) = folder {
            folder = above.parent();
            marks.mark(Some(above), Reach::Itself);
        }
        marks.mark(None, Reach::Itself);
    }
}

/// Content that no other number has, where there is room for a difference.
pub(super) fn content(number: u64, size: usize) -> Vec<u8> {
    format!("{number}.").bytes().cycle().take(size).collect()
}

/// Writes in place, as most programs do, so that all names of a file see it.
pub(super) fn write(path: &Path, content: &[u8], number: u64) -> io::Result<()> {
    if path.is_symlink() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::create_dir_all(path.parent().unwrap())?;
    fs::write(path, content)?;
    set_time(path, 1_600_000_000 + number.cast_signed())
}

fn remove(path: &Path) -> io::Result<()> {
    fs::remove_dir_all(path).or_else(|_| fs::remove_file(path))
}

fn existing(path: &Path) -> io::Result<Vec<u8>> {
    if path.is_symlink() { Err(io::ErrorKind::NotFound.into()) } else { fs::read(path) }
}

fn set_time(path: &Path, seconds: i64) -> io::Result<()> {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let second = if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
    File::open(path)?.set_modified(second + Duration::from_nanos(123_456_789))
}

/// Never one that keeps its owner out: who is not root could not look.
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    match path.is_symlink() {
        true => Ok(()),
        false => fs::set_permissions(path, Permissions::from_mode(mode | 0o700)),
    }
}
