//! What this machine remembers of uploads in parts that are under way, so that another process can go on with one.
//!
//! One small file for each object, replaced whole and removed when the upload has ended. It is a hint: nothing in it is
//! believed before [`resume`](super::resume) has compared it with the file and with the store, and what cannot be read
//! counts as nothing.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::HEXLOWER;
use http::HeaderMap;
use podfs_sync::Timestamp;
use podfs_sync::local::FileState;
use podfs_sync::manifest::Nonce;
use podfs_sync::replace::{UNFINISHED, replace};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Of the text of a note. Another one is not understood.
const FORMAT: u32 = 1;
/// No note is nearly as long, in bytes.
const LONGEST: u64 = 64 * 1024;
/// After so long an upload is begun anew. Parts cost money while they lie there.
pub(super) const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The folder with the notes.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    folder: PathBuf,
    /// The endpoint and the bucket that the notes of this remote are about.
    store: String,
}

/// One upload that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    format: u32,
    store: String,
    /// The object.
    pub(super) key: String,
    /// What the store calls the upload.
    pub(super) upload: String,
    begun: Timestamp,
    /// The file that is sent.
    pub(super) file: FileState,
    /// Bytes of the object, and of each of its parts but the last.
    pub(super) size: u64,
    pub(super) part_size: u64,
    /// Of the form in which the file goes out.
    pub(super) nonce: Option<Nonce>,
    /// What was said of the object: its time, and the MD5 of all that is sent.
    pub(super) headers: Vec<(String, String)>,
}

/// What a note is about.
pub(super) struct Begun<'a> {
    pub(super) key: &'a str,
    pub(super) upload: &'a str,
    pub(super) file: FileState,
    pub(super) size: u64,
    pub(super) part_size: u64,
    pub(super) nonce: Option<Nonce>,
    pub(super) headers: &'a HeaderMap,
}

impl Journal {
    pub(super) fn new(folder: &Path, endpoint: &str, bucket: &str) -> Self {
        Self { folder: folder.to_path_buf(), store: format!("{endpoint}/{bucket}") }
    }

    /// The note about an object, if there is one that can be read.
    pub(super) async fn find(&self, key: &str) -> Option<Note> {
        let (path, journal, key) = (self.path(key), self.clone(), key.to_owned());
        let read = move || read(&path).filter(|note| note.store == journal.store && note.key == key);
        tokio::task::spawn_blocking(read).await.ok().flatten()
    }

    /// Notes an upload in place of whatever was noted about this object. Whether that worked.
    pub(super) async fn note(&self, begun: Begun<'_>) -> bool {
        let Begun { key, upload, file, size, part_size, nonce, headers } = begun;
        let note = Note {
            format: FORMAT,
            store: self.store.clone(),
            key: key.to_owned(),
            upload: upload.to_owned(),
            begun: Timestamp::now(),
            file,
            size,
            part_size,
            nonce,
            headers: text_of(headers),
        };
        let (folder, path) = (self.folder.clone(), self.path(key));
        let written = tokio::task::spawn_blocking(move || write(&folder, &path, &note)).await;
        let written = written.unwrap_or_else(|cause| Err(io::Error::other(cause)));
        if let Err(error) = &written {
            let folder = self.folder.display();
            tracing::warn!(
                "{folder}: {error}; should the upload of {key} be interrupted, it begins anew next time"
            );
        }
        written.is_ok()
    }

    /// Forgets what was noted about an object.
    pub(super) async fn forget(&self, key: &str) {
        let path = self.path(key);
        // What stays is found to be of no use.
        let _ = tokio::task::spawn_blocking(move || fs::remove_file(path)).await;
    }

    /// The notes about objects below `prefix` that are too old, so that their uploads can be thrown away. Other old files
    /// in the folder, which nobody can read, are removed.
    pub(super) async fn outdated(&self, prefix: &str) -> Vec<Note> {
        let (journal, prefix) = (self.clone(), prefix.to_owned());
        tokio::task::spawn_blocking(move || journal.outdated_now(&prefix)).await.unwrap_or_default()
    }

    fn outdated_now(&self, prefix: &str) -> Vec<Note> {
        let Ok(files) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut outdated = Vec::new();
        for file in files.flatten() {
            let whole = !file.file_name().as_encoded_bytes().ends_with(UNFINISHED.as_bytes());
            match read(&file.path()).filter(|_| whole) {
                Some(note) if note.store != self.store || !note.key.starts_with(prefix) => {}
                Some(note) if note.is_outdated() => outdated.push(note),
                Some(_) => {}
                None if is_old(&file) => drop(fs::remove_file(file.path())),
                None => {}
            }
        }
        outdated
    }

    /// Names of objects are longer than those of files, and hold other characters.
    fn path(&self, key: &str) -> PathBuf {
        let sum = Sha256::digest(format!("{}/{key}", self.store));
        let (name, _) = sum.split_at(16);
        self.folder.join(HEXLOWER.encode(name) + ".json")
    }
}

impl Note {
    /// Whether the upload was begun too long ago.
    pub(super) fn is_outdated(&self) -> bool {
        let age = Timestamp::now().nanoseconds().saturating_sub(self.begun.nanoseconds());
        u64::try_from(age).is_ok_and(|age| Duration::from_nanos(age) > KEPT)
    }

    /// Whether this is what was said of the object.
    pub(super) fn says(&self, headers: &HeaderMap) -> bool {
        self.headers == text_of(headers)
    }
}

fn text_of(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut lines: Vec<_> = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    lines.sort_unstable();
    lines
}

fn read(path: &Path) -> Option<Note> {
    let file = File::open(path).ok()?;
    if file.metadata().ok()?.len() > LONGEST {
        return None;
    }
    parse(io::BufReader::new(file))
}

/// A note, if it is one that we understand.
pub(super) fn parse(text: impl io::Read) -> Option<Note> {
    let note: Note = serde_json::from_reader(text).ok()?;
    (note.format == FORMAT).then_some(note)
}

fn write(folder: &Path, path: &Path, note: &Note) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let content = serde_json::to_vec(note)?;
    replace(path, |mut file| file.write_all(&content))
}

fn is_old(file: &fs::DirEntry) -> bool {
    let age = file.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
    matches!(age, Ok(Ok(age)) if age > KEPT)
}
