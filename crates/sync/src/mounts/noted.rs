//! What was mounted inside the source when it was synced last, in a file beside the index.
//!
//! It lies there and not on the remote, because it says something of this machine: the same files restored elsewhere
//! lie in plain folders. Where it is lost, nobody knows that anything is missing.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keeper::{Keeper, Places};
use super::table;
use crate::index::IndexPlace;
use crate::local::LocalRoot;
use crate::path::RelativePath;
use crate::replace::replace;

/// The mounts of one sync to the remote.
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    root: PathBuf,
    /// The file, and whose it is.
    place: Option<(PathBuf, String)>,
    noted: BTreeSet<RelativePath>,
    /// Nothing is known where what went away is to be mirrored.
    places: Arc<Places>,
}

impl Mounts {
    /// Those inside `root`, before it is scanned. With `mirrored`, what was mounted before does not count.
    pub(crate) fn look(root: &LocalRoot, place: Option<&IndexPlace>, mirrored: bool) -> Self {
        let root = root.path().to_path_buf();
        let place = place.map(|place| (place.file.with_extension("mounts"), place.belongs_to.clone()));
        let noted = place.as_ref().map(|(file, belongs_to)| read(file, belongs_to)).unwrap_or_default();
        let before = now(&root);
        let known = if mirrored { BTreeSet::new() } else { noted.union(&before).cloned().collect() };
        Self { root, place, noted, places: Arc::new(Places { before, known }) }
    }

    /// For one walk over the tree.
    pub(crate) fn keeper(&self) -> Keeper {
        let root = self.root.clone();
        Keeper::new(Arc::clone(&self.places), move || table::places(&root))
    }

    /// Before anything changes: notes what is mounted, and of what is not any more that for which the remote keeps files
    /// (`kept`). Where not `everything` was looked at, the rest may have some too.
    pub(crate) fn note(&self, kept: &BTreeSet<RelativePath>, everything: bool) {
        let Some((file, belongs_to)) = &self.place else { return };
        // While nobody can tell what is mounted, nothing is forgotten.
        let Ok(now) = table::places(&self.root) else { return };
        let stays = |place: &&RelativePath| !everything || kept.contains(place);
        let old = self.places.known.iter().filter(stays).cloned();
        let new = old.chain(now).collect::<BTreeSet<_>>();
        if new == self.noted {
            return;
        }
        if let Err(error) = write(file, belongs_to, &new) {
            tracing::warn!(%error, "what is mounted inside {} cannot be noted in {}; should it go away, nobody will know",
                self.root.display(), file.display());
        }
    }
}

fn now(root: &Path) -> BTreeSet<RelativePath> {
    table::places(root).unwrap_or_else(|error| {
        tracing::debug!(%error, "the mount table cannot be read");
        BTreeSet::new()
    })
}

/// Texts that end with a NUL, which no path holds: whose file it is, then the paths.
fn read(file: &Path, belongs_to: &str) -> BTreeSet<RelativePath> {
    let bytes = std::fs::read(file).unwrap_or_default();
    let mut texts = bytes.split(|byte| *byte == 0);
    if texts.next() != Some(belongs_to.as_bytes()) {
        return BTreeSet::new();
    }
    texts.filter_map(|text| RelativePath::parse(text).ok()).collect()
}

fn write(file: &Path, belongs_to: &str, places: &BTreeSet<RelativePath>) -> io::Result<()> {
    let texts = [belongs_to.as_bytes()].into_iter().chain(places.iter().map(RelativePath::as_bytes));
    let bytes: Vec<u8> = texts.flat_map(|text| text.iter().copied().chain([0])).collect();
    replace(file, |mut file| file.write_all(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_by_whom_it_belongs_to() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("some.mounts");
        assert_eq!(read(&file, "me"), BTreeSet::new());
        let places = ["a/b", "c \n"].map(|path| RelativePath::parse(path).unwrap());
        let places = BTreeSet::from(places);
        write(&file, "me", &places).unwrap();
        assert_eq!(read(&file, "me"), places);
        assert_eq!(read(&file, "another"), BTreeSet::new());
        write(&file, "me", &BTreeSet::new()).unwrap();
        assert_eq!(read(&file, "me"), BTreeSet::new());
    }

    #[test]
    fn where_nobody_can_tell_what_is_mounted_nothing_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let noted = BTreeSet::from([RelativePath::parse("disk").unwrap()]);
        let place = (folder.path().join("some.mounts"), "me".to_owned());
        write(&place.0, &place.1, &noted).unwrap();
        let note = |root: &Path| {
            let places = Arc::new(Places { before: BTreeSet::new(), known: noted.clone() });
            let (root, place, noted) = (root.to_path_buf(), Some(place.clone()), noted.clone());
            Mounts { root, place, noted, places }.note(&BTreeSet::new(), true);
            read(&place.0, &place.1)
        };
        assert_eq!(note(&folder.path().join("gone")), noted, "there is no place to look for in the table");
        assert_eq!(note(folder.path()), BTreeSet::new());
    }
}
