//! What was mounted inside the source when it was synced last, in a file in the state directory.
//!
//! It lies there and not on the remote, because it says something of this machine: the same files restored elsewhere
//! lie in plain folders. Where it is lost, nobody knows that anything is missing. So it is found whatever is configured anew:
//! one file is for all remotes at one path, and one that it does not know takes all of it for its own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keeper::{Keeper, Places};
use super::table;
use crate::local::LocalRoot;
use crate::path::RelativePath;
use crate::replace::replace;

/// Where it is noted what is mounted inside a folder, and for which remote.
#[derive(Debug, Clone)]
pub struct MountsPlace {
    /// The file: another one for each local folder and path on a remote.
    pub file: PathBuf,
    /// Stands for the remote, without telling a secret.
    pub remote: String,
}

/// For each remote what was mounted when it was synced to last, and since, but for what it keeps nothing of.
type Noted = BTreeMap<String, BTreeSet<RelativePath>>;

/// The mounts of one sync to the remote.
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    root: PathBuf,
    place: Option<MountsPlace>,
    noted: Noted,
    /// Nothing is known where what went away is to be mirrored.
    places: Arc<Places>,
}

impl Mounts {
    /// Those inside `root`, before it is scanned. With `mirrored`, what was mounted before does not count.
    pub(crate) fn look(root: &LocalRoot, place: Option<&MountsPlace>, mirrored: bool) -> Self {
        let root = root.path().to_path_buf();
        let noted = place.map(|place| read(&place.file)).unwrap_or_default();
        let before = now(&root);
        let known = match place.and_then(|place| noted.get(&place.remote)) {
            _ if mirrored => BTreeSet::new(),
            Some(own) => own.union(&before).cloned().collect(),
            None => noted.values().flatten().chain(&before).cloned().collect(),
        };
        Self { root, place: place.cloned(), noted, places: Arc::new(Places { before, known }) }
    }

    /// For one walk over the tree.
    pub(crate) fn keeper(&self) -> Keeper {
        let root = self.root.clone();
        Keeper::new(Arc::clone(&self.places), move || table::places(&root))
    }

    /// Before anything changes: notes what is mounted, and of what is not any more that for which the remote keeps files
    /// (`kept`). Where not `everything` was looked at, the rest may have some too.
    pub(crate) fn note(&self, kept: &BTreeSet<RelativePath>, everything: bool) {
        let Some(MountsPlace { file, remote }) = &self.place else { return };
        // While nobody can tell what is mounted, nothing is forgotten.
        let Ok(now) = table::places(&self.root) else { return };
        let stays = |place: &&RelativePath| !everything || kept.contains(place);
        let own = self.places.known.iter().filter(stays).cloned().collect();
        let mut noted = self.noted.clone();
        noted.insert(remote.clone(), own);
        // The others may be the same remote under another configuration. What they keep is theirs to forget.
        noted.values_mut().for_each(|places| places.extend(now.iter().cloned()));
        let nothing = self.noted.is_empty() && noted.values().all(BTreeSet::is_empty);
        if nothing || noted == self.noted {
            return;
        }
        if let Err(error) = write(file, &noted) {
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

/// Texts that end with a NUL, which no path holds: a remote and a place, in turn.
fn read(file: &Path) -> Noted {
    let bytes = std::fs::read(file).unwrap_or_default();
    let mut texts = bytes.split(|byte| *byte == 0);
    let mut noted = Noted::new();
    while let (Some(remote), Some(place)) = (texts.next(), texts.next()) {
        let places = noted.entry(String::from_utf8_lossy(remote).into_owned()).or_default();
        places.extend(RelativePath::parse(place).ok());
    }
    noted
}

fn write(file: &Path, noted: &Noted) -> io::Result<()> {
    let mut bytes = Vec::new();
    for (remote, places) in noted {
        // A remote with nothing has an empty place, so that it is known.
        let nothing = places.is_empty().then_some(&b""[..]);
        for place in places.iter().map(RelativePath::as_bytes).chain(nothing) {
            for text in [remote.as_bytes(), place] {
                bytes.extend_from_slice(text);
                bytes.push(0);
            }
        }
    }
    replace(file, |mut file| file.write_all(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(texts: &[&str]) -> BTreeSet<RelativePath> {
        texts.iter().map(|text| RelativePath::parse(*text).unwrap()).collect()
    }

    /// A file in which this is noted.
    fn noted(folder: &Path, all: &[(&str, &[&str])]) -> PathBuf {
        let file = folder.join("some.mounts");
        let all: Noted = all.iter().map(|(remote, places)| ((*remote).to_owned(), paths(places))).collect();
        write(&file, &all).unwrap();
        assert_eq!(read(&file), all);
        file
    }

    fn look(folder: &Path, remote: &str, mirrored: bool) -> Mounts {
        let place = MountsPlace { file: folder.join("some.mounts"), remote: remote.to_owned() };
        Mounts::look(&LocalRoot::open(folder).unwrap(), Some(&place), mirrored)
    }

    #[test]
    fn what_was_noted_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("nothing")), Noted::new());
        noted(folder.path(), &[]);
        noted(folder.path(), &[("one", &["a/b", "c \n"]), ("other", &[])]);
    }

    #[test]
    fn a_remote_that_is_configured_anew_knows_what_was_mounted() {
        let folder = tempfile::tempdir().unwrap();
        let file = noted(folder.path(), &[("old", &["disk"]), ("older", &["share"])]);
        let known = |remote, mirrored| look(folder.path(), remote, mirrored).places.known.clone();
        assert_eq!(known("old", false), paths(&["disk"]));
        assert_eq!([known("new", false), known("new", true)], [paths(&["disk", "share"]), paths(&[])]);
        look(folder.path(), "new", false).note(&paths(&["share"]), true);
        assert_eq!([known("new", false), known("old", false)], [paths(&["share"]), paths(&["disk"])]);
        look(folder.path(), "new", true).note(&paths(&[]), true);
        assert_eq!(known("new", false), paths(&[]), "it was told to forget");
        assert_eq!(read(&file).len(), 3);
    }

    #[test]
    fn what_is_not_looked_at_is_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        noted(folder.path(), &[("one", &["disk"])]);
        for (everything, left) in [(false, &["disk"][..]), (true, &[][..])] {
            look(folder.path(), "one", false).note(&paths(&[]), everything);
            assert_eq!(look(folder.path(), "one", false).places.known, paths(left));
        }
    }

    #[test]
    fn where_nobody_can_tell_what_is_mounted_nothing_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = noted(folder.path(), &[("one", &["disk"])]);
        let note = |root: &Path| {
            let mounts = Mounts { root: root.to_path_buf(), ..look(folder.path(), "one", false) };
            mounts.note(&paths(&[]), true);
            read(&file)["one"].clone()
        };
        assert_eq!(note(&folder.path().join("gone")), paths(&["disk"]), "it is no place in the table");
        assert_eq!(note(folder.path()), paths(&[]));
    }
}
