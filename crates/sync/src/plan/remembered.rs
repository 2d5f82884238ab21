//! The local tree beside what the index remembers: only what differs goes on.

use std::cell::RefCell;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::closer_look::CloserLook;
use super::merge::{Found, Merge, Pair, There};
use super::sides::{Notes, send};
use crate::index::{Index, IndexError, Mark, StoredRow};
use crate::local::{LocalError, LocalNode, LocalRoot, LocalWhat, Scan, Scanned, is_no_part_of_the_tree};
use crate::manifest::RemoteWhat;
use crate::mounts::Keeper;
use crate::path::RelativePath;
use crate::scope::{Reach, Scope};

/// What the index offers, and how much of it is wanted.
pub(crate) struct Remembered {
    pub(crate) index: Arc<Index>,
    pub(crate) scope: Scope,
    /// How many rows there must be, all in all.
    pub(crate) rows: u64,
    /// Of files and links.
    pub(crate) files: u64,
    /// Every file is to be read, whatever its mark says.
    pub(crate) checksum: bool,
}

/// What was met on the way, besides the notes.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// Files and links that nothing happened to, also those that nobody had to look at.
    pub(super) known: u64,
    /// Files with several names cannot be judged without looking at the whole tree.
    pub(super) widen: bool,
    /// The index cannot be used after all.
    pub(super) error: Option<IndexError>,
}

/// A row on its way into the merge.
struct TheirRow<'walk> {
    row: StoredRow,
    checksum: bool,
    error: &'walk RefCell<Option<IndexError>>,
}

impl There for TheirRow<'_> {
    fn path(&self) -> Option<&RelativePath> {
        self.row.path.as_ref()
    }

    fn is_known_as(&self, local: &LocalNode) -> bool {
        let read = self.checksum && matches!(local.what, LocalWhat::File(_));
        !read && self.row.is_marked(&local.what, local.seen)
    }

    fn mark_then(&self) -> Option<Mark> {
        self.row.mark
    }

    fn into_what(self) -> RemoteWhat {
        self.row.remote().unwrap_or_else(|error| {
            *self.error.borrow_mut() = Some(error);
            RemoteWhat::Finished
        })
    }
}

/// Sends every path that differs, and gives the notes at the end.
pub(super) fn compare(
    root: &LocalRoot,
    (mut notes, mut keeper): (Notes, Keeper),
    remembered: &Remembered,
    sender: &mpsc::Sender<Vec<Pair>>,
) -> (Notes, Passed) {
    let mut passed = Passed::default();
    let (error, widen) = (RefCell::new(None), RefCell::new(false));
    let (mut rows, mut files, mut closer) = (0, 0, CloserLook::default());
    let excluded = notes.excluded().to_vec();
    {
        let places = match places(root, remembered) {
            Ok(places) => places,
            Err(cause) => return (notes, Passed { error: Some(cause), ..passed }),
        };
        let whole = matches!(remembered.scope, Scope::Everything);
        let local = places.iter().flat_map(|place| here(root, place));
        let local = local.filter_map(|item| notes.take(item)).inspect(|found| {
            let tied = matches!(found, Found::Node(LocalNode { what: LocalWhat::File(file), .. }) if file.tie.is_some());
            *widen.borrow_mut() |= tied && !whole;
        });
        let theirs = places.iter().flat_map(|(path, reach)| there(remembered, path.as_ref(), *reach));
        let theirs = theirs
            .map_while(|row| row.map_err(|cause| *error.borrow_mut() = Some(cause)).ok())
            .inspect(|row| {
                rows += 1;
                if !whole {
                    files += u64::from(row.counts());
                    *widen.borrow_mut() |= row.is_tied();
                }
            })
            .filter(|row| row.path.as_ref().is_none_or(|path| !excluded.contains(path)))
            .map(|row| TheirRow { row, checksum: remembered.checksum, error: &error });
        let mut pairs = Merge::new(local, theirs);
        send(pairs.by_ref().map(|pair| closer.look(root, keeper.keep(pair), remembered.checksum)), sender);
        passed.known = pairs.known();
    }
    notes.kept(keeper);
    notes.missed.extend(closer.missed);
    for shut in closer.unreadable {
        notes.unreadable(root, shut);
    }
    passed.widen = widen.into_inner();
    passed.error = error.into_inner();
    if matches!(remembered.scope, Scope::Everything) {
        if rows != remembered.rows {
            let (found, announced) = (rows, remembered.rows);
            passed.error.get_or_insert(IndexError::Count { found, announced });
        }
    } else {
        passed.known += remembered.files.saturating_sub(files);
    }
    (notes, passed)
}

type Place = (Option<RelativePath>, Reach);

/// The places of the scope, in order and apart from each other. What is a folder on one side alone reaches down.
fn places(root: &LocalRoot, remembered: &Remembered) -> Result<Vec<Place>, IndexError> {
    let Scope::Paths(paths) = &remembered.scope else { return Ok(vec![(None, Reach::Beneath)]) };
    let mut places: Vec<Place> = Vec::with_capacity(paths.len());
    for (path, reach) in paths {
        let covered = places.last().is_some_and(|(outer, reach)| {
            *reach == Reach::Beneath
                && outer.as_ref().is_none_or(|outer| path.as_ref().is_some_and(|path| path.is_beneath(outer)))
        });
        if covered || path.as_ref().is_some_and(is_no_part_of_the_tree) {
            continue;
        }
        let is_folder =
            || matches!(root.glance(path.as_ref()), Ok(Some(LocalNode { what: LocalWhat::Folder(_), .. })));
        let reach = match reach {
            Reach::Itself if is_folder() && was_folder(remembered, path.as_ref())? => Reach::Itself,
            _ => Reach::Beneath,
        };
        places.push((path.clone(), reach));
    }
    Ok(places)
}

fn was_folder(remembered: &Remembered, path: Option<&RelativePath>) -> Result<bool, IndexError> {
    let row = remembered.index.rows_at(path, Reach::Itself)?.next().transpose()?;
    Ok(row.is_some_and(|row| row.is_folder()))
}

fn here<'root>(root: &'root LocalRoot, (path, reach): &Place) -> Box<dyn Iterator<Item = Scanned> + 'root> {
    match reach {
        Reach::Beneath => Box::new(Scan::beneath(root, path.clone())),
        Reach::Itself => Box::new(glance(root, path.as_ref()).into_iter()),
    }
}

/// What cannot be looked at is not gone.
fn glance(root: &LocalRoot, path: Option<&RelativePath>) -> Option<Scanned> {
    match root.glance(path) {
        Ok(node) => node.map(Scanned::Found),
        Err(errno) => {
            let error = LocalError::new("look at", root.shown(path), errno);
            Some(Scanned::Unreadable { path: path.cloned(), error, file: None })
        }
    }
}

type StoredRows = Box<dyn Iterator<Item = Result<StoredRow, IndexError>>>;

fn there(remembered: &Remembered, path: Option<&RelativePath>, reach: Reach) -> StoredRows {
    match remembered.index.rows_at(path, reach) {
        Ok(rows) => Box::new(rows),
        Err(error) => Box::new(std::iter::once(Err(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_at_is_not_gone() {
        let folder = tempfile::tempdir().unwrap();
        let root = LocalRoot::open(folder.path()).unwrap();
        let at = |name: &str| glance(&root, Some(&RelativePath::parse(name).unwrap()));
        assert!(at("nothing").is_none());
        // No file system has such a name, and so does not say that it is not there.
        assert!(matches!(at(&"a".repeat(300)), Some(Scanned::Unreadable { path: Some(_), .. })));
    }
}
