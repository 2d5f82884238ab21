//! The notes about one volume: a small file in the state directory, which is replaced whole.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::local::is_temporary_name;
use crate::manifest::Hash;
use crate::path::RelativePath;
use crate::replace::{self, replace, with_suffix};

/// Of the file. Another one is not understood.
const FORMAT: u32 = 1;
/// No file of notes is nearly as long, in bytes.
const LONGEST: u64 = 4 << 20;

/// The files of one volume that are not finished.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: PathBuf,
    /// The remote that is restored, as it calls itself.
    remote: String,
    notes: Mutex<Vec<Note>>,
    /// Temporary files are not kept any more.
    closed: AtomicBool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    format: u32,
    files: Vec<Note>,
}

/// What an object was, as far as it tells it from every other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Object {
    remote: String,
    path: RelativePath,
    /// Bytes of the file that it holds.
    size: u64,
    tag: String,
}

/// One file that is not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    object: Object,
    /// The name of its temporary file, beside its place.
    pub(crate) temporary: String,
    /// Device and inode of that.
    pub(crate) place: (u64, u64),
    /// So many bytes from the beginning on are there, on disk.
    pub(crate) done: u64,
    /// BLAKE3 of those.
    pub(crate) hash: Hash,
}

/// What a temporary file is kept by, if its restore is interrupted.
#[derive(Debug)]
pub(crate) struct Keeping {
    unfinished: Arc<Unfinished>,
    object: Object,
}

impl Unfinished {
    /// Reads the notes in `file`, for a restore of `remote`. What cannot be read counts as nothing.
    pub(crate) fn open(file: &Path, remote: String) -> Self {
        // Of a killed process; nobody may ever write over it.
        let _ = fs::remove_file(with_suffix(file, replace::UNFINISHED));
        let notes = Mutex::new(read(file).unwrap_or_default());
        Self { file: file.to_path_buf(), remote, notes, closed: AtomicBool::new(false) }
    }

    /// Whether nothing is noted.
    pub(crate) fn is_empty(&self) -> bool {
        self.notes().is_empty()
    }

    /// Whether something is noted about this very object.
    pub(crate) fn knows(&self, entry: &Entry) -> bool {
        self.object(entry).is_some_and(|object| self.notes().iter().any(|note| note.object == object))
    }

    /// What keeps the file of this object. `None` where nothing tells the object from another one.
    pub(crate) fn keeping(self: &Arc<Self>, entry: &Entry) -> Option<Keeping> {
        Some(Keeping { object: self.object(entry)?, unfinished: Arc::clone(self) })
    }

    /// Forgets all but those files that are to be restored now and whose temporary files are among `leftovers`. Gives the
    /// leftovers that are of no use.
    pub(crate) fn sort_out(&self, wanted: &[Entry], leftovers: Vec<RelativePath>) -> Vec<RelativePath> {
        if self.is_empty() {
            return leftovers;
        }
        let wanted: Vec<Object> = wanted.iter().filter_map(|entry| self.object(entry)).collect();
        self.change(|notes| {
            notes.retain(|note| {
                let there = note.path().is_some_and(|path| leftovers.contains(&path));
                there && wanted.contains(&note.object)
            });
        })
        .unwrap_or_else(|error| self.complain(&error));
        let kept: Vec<RelativePath> = self.notes().iter().filter_map(Note::path).collect();
        leftovers.into_iter().filter(|leftover| !kept.contains(leftover)).collect()
    }

    /// From here on no temporary file is kept.
    pub(crate) fn keep_nothing(&self) {
        self.closed.store(true, Ordering::Release);
        self.change(Vec::clear).unwrap_or_else(|error| self.complain(&error));
    }

    fn object(&self, entry: &Entry) -> Option<Object> {
        let Entry { path, size, tag, .. } = entry;
        Some(Object { remote: self.remote.clone(), path: path.clone(), size: *size, tag: tag.clone()? })
    }

    /// On disk when this returns.
    fn change(&self, change: impl FnOnce(&mut Vec<Note>)) -> io::Result<()> {
        let mut notes = self.notes();
        let before = notes.clone();
        change(&mut notes);
        if *notes == before {
            return Ok(());
        }
        if notes.is_empty() {
            return fs::remove_file(&self.file);
        }
        let content = serde_json::to_vec(&Document { format: FORMAT, files: notes.clone() })?;
        replace(&self.file, |mut file| file.write_all(&content))
    }

    fn complain(&self, error: &io::Error) {
        let file = self.file.display();
        tracing::info!("{file}: {error}; a large file whose restore is interrupted may begin anew next time");
    }

    fn notes(&self) -> MutexGuard<'_, Vec<Note>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeping {
    /// Bytes of the whole file.
    pub(crate) fn size(&self) -> u64 {
        self.object.size
    }

    /// What was noted of this object.
    pub(crate) fn found(&self) -> Option<Note> {
        let fits = |note: &&Note| note.object == self.object && note.done < self.object.size;
        self.unfinished.notes().iter().find(fits).cloned()
    }

    /// Notes how far the file has come, in place of whatever was noted about it. On disk when this returns.
    pub(crate) fn note(&self, temporary: &str, place: (u64, u64), done: u64, hash: Hash) -> io::Result<()> {
        if !self.is_on() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let note = Note { object: self.object.clone(), temporary: temporary.to_owned(), place, done, hash };
        let noted = self.unfinished.change(|notes| {
            self.remove_from(notes);
            notes.push(note);
        });
        noted.inspect_err(|error| self.unfinished.complain(error))
    }

    /// Whether anything is noted about the file.
    pub(crate) fn is_noted(&self) -> bool {
        self.unfinished.notes().iter().any(|note| note.object.path == self.object.path)
    }

    /// Forgets what was noted about the file.
    pub(crate) fn forget(&self) {
        let forgotten = self.unfinished.change(|notes| self.remove_from(notes));
        forgotten.unwrap_or_else(|error| self.unfinished.complain(&error));
    }

    /// Whether temporary files are kept at all.
    pub(crate) fn is_on(&self) -> bool {
        !self.unfinished.closed.load(Ordering::Acquire)
    }

    fn remove_from(&self, notes: &mut Vec<Note>) {
        notes.retain(|note| note.object.path != self.object.path);
    }
}

impl Note {
    /// Where the temporary file lies.
    fn path(&self) -> Option<RelativePath> {
        RelativePath::child(self.object.path.parent().as_ref(), self.temporary.as_bytes()).ok()
    }
}

fn read(path: &Path) -> Option<Vec<Note>> {
    let file = File::open(path).ok()?;
    if file.metadata().ok()?.len() > LONGEST {
        return None;
    }
    parse(BufReader::new(file))
}

/// Notes, if they are such that we understand.
fn parse(text: impl io::Read) -> Option<Vec<Note>> {
    let document: Document = serde_json::from_reader(text).ok()?;
    let mut notes = document.files;
    // Whatever a note names is opened, and may be removed.
    notes.retain(|note| is_temporary_name(note.temporary.as_bytes()));
    (document.format == FORMAT).then_some(notes)
}

/// Reads notes, for the fuzz targets alone, and holds that what was read is written as it was. Whether they could be read.
///
/// # Panics
/// When it is not.
#[cfg(feature = "fuzzing")]
pub fn fuzz(text: &[u8]) -> bool {
    let Some(files) = parse(text) else { return false };
    for note in &files {
        let below = |path: RelativePath| path.parent() == note.object.path.parent();
        assert!(note.path().is_none_or(below), "a temporary file lies elsewhere than beside its place");
    }
    let written = serde_json::to_vec(&Document { format: FORMAT, files: files.clone() }).unwrap_or_default();
    assert_eq!(parse(&written[..]), Some(files), "not read as it was written");
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Modified;

    const TEMPORARY: &str = ".podfs-partial-0123456789abcdef";

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text).unwrap()
    }

    fn entry(name: &str, size: u64, tag: Option<&str>) -> Entry {
        Entry { path: path(name), size, modified: Modified::Ask, tag: tag.map(str::to_owned) }
    }

    fn open(file: &Path) -> Arc<Unfinished> {
        Arc::new(Unfinished::open(file, "here".to_owned()))
    }

    fn noted(folder: &Path) -> PathBuf {
        let file = folder.join("notes");
        let keeping = open(&file).keeping(&entry("a/file", 9, Some("tag"))).unwrap();
        keeping.note(TEMPORARY, (1, 2), 3, [4; 32]).unwrap();
        keeping.note(TEMPORARY, (1, 2), 5, [6; 32]).unwrap();
        file
    }

    #[test]
    fn another_process_finds_the_latest_note_about_this_very_object() {
        let folder = tempfile::tempdir().unwrap();
        let file = noted(folder.path());
        let unfinished = open(&file);
        let found = unfinished.keeping(&entry("a/file", 9, Some("tag"))).unwrap().found().unwrap();
        assert_eq!((found.place, found.done, found.hash), ((1, 2), 5, [6; 32]));
        for other in [
            entry("a/file", 8, Some("tag")),
            entry("a/file", 9, Some("other")),
            entry("file", 9, Some("tag")),
        ] {
            assert_eq!(unfinished.keeping(&other).unwrap().found(), None, "{other:?}");
            assert!(!unfinished.knows(&other));
        }
        assert!(unfinished.keeping(&entry("a/file", 9, None)).is_none());
        let elsewhere = Unfinished::open(&file, "elsewhere".to_owned());
        assert!(!elsewhere.knows(&entry("a/file", 9, Some("tag"))));
    }

    #[test]
    fn what_is_not_wanted_or_gone_is_forgotten_and_other_leftovers_are_of_no_use() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = [entry("a/file", 9, Some("tag"))];
        let leftover = path(&format!("a/{TEMPORARY}"));
        let other = path(&format!("b/{TEMPORARY}"));
        let file = noted(folder.path());
        let useless = open(&file).sort_out(&wanted, vec![leftover.clone(), other.clone()]);
        assert_eq!(useless, std::slice::from_ref(&other));
        assert!(open(&file).knows(&wanted[0]));
        for (wanted, leftovers) in [(&[][..], vec![leftover, other.clone()]), (&wanted[..], vec![other])] {
            let file = noted(folder.path());
            assert_eq!(open(&file).sort_out(wanted, leftovers.clone()), leftovers);
            assert!(open(&file).is_empty() && !file.exists());
        }
    }

    #[test]
    fn what_is_damaged_or_names_other_files_counts_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = noted(folder.path());
        let whole = fs::read_to_string(&file).unwrap();
        for damaged in [
            String::new(),
            whole[..whole.len() / 2].to_owned(),
            whole.replace(TEMPORARY, "precious"),
            whole.replace("\"format\":1", "\"format\":2"),
        ] {
            assert_ne!(damaged, whole);
            fs::write(&file, damaged).unwrap();
            assert!(open(&file).is_empty());
        }
    }

    #[test]
    fn what_is_finished_is_forgotten_and_nothing_is_kept_once_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = noted(folder.path());
        let unfinished = open(&file);
        let keeping = unfinished.keeping(&entry("a/file", 9, Some("tag"))).unwrap();
        assert!(keeping.is_on());
        keeping.forget();
        assert!(!file.exists());
        let file = noted(folder.path());
        let unfinished = open(&file);
        let keeping = unfinished.keeping(&entry("a/file", 9, Some("tag"))).unwrap();
        unfinished.keep_nothing();
        assert!(!keeping.is_on() && !file.exists());
    }
}
