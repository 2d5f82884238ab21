//! Moving bytes between two files of this machine.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use podfs_sync::entry::{Entry, Modified};
use podfs_sync::local::{LocalRoot, Remover, Source, Target};
use podfs_sync::remote::{ErrorKind, RemoteError};
use podfs_sync::{RelativePath, Timestamp};

use super::entry_of;

/// Copied in one go, so that a sync that is given up does not have to wait for a whole large file.
const CHUNK: u64 = 64 * 1024 * 1024;
/// What is read at once where the kernel cannot copy by itself, in bytes.
const PIECE: u64 = 1024 * 1024;

/// Copies the whole of `source`, or says that it changed meanwhile.
pub(super) async fn upload(source: &Source, target: &Target) -> Result<(), RemoteError> {
    let size = source.size();
    let mut done = 0;
    while done < size {
        let (from, to) = (source.clone(), target.clone());
        let chunk = CHUNK.min(size - done);
        let copied = blocking(source.shown(), move || match from.file() {
            // The kernel copies by itself where both files allow it (reflink, copy_file_range).
            Some(file) => io::copy(&mut file.take(chunk), &mut to.file()?)
                .map_err(|cause| local("copy", from.shown(), cause)),
            None => encode(&from, &to, done..done + chunk),
        })
        .await?;
        if copied == 0 {
            let detail = "it ended before its size";
            return Err(RemoteError::new(ErrorKind::SourceChanged, "read", source.shown(), detail));
        }
        done = done.saturating_add(copied);
    }
    source.check_unchanged()
}

/// The file that `entry` describes, if it still is that one.
pub(super) fn source_of(root: &LocalRoot, entry: &Entry) -> Option<Source> {
    let source = Source::open(root, &entry.path).ok()?;
    let state = source.state();
    (state.size == entry.size && entry.modified == Modified::At(state.modified)).then_some(source)
}

/// Writes a stretch of the form in which `source` goes out.
fn encode(source: &Source, target: &Target, stretch: Range<u64>) -> Result<u64, RemoteError> {
    let file = target.file()?;
    let mut buffer = vec![0; usize::try_from(PIECE.min(stretch.end - stretch.start)).unwrap_or_default()];
    let mut offset = stretch.start;
    while offset < stretch.end {
        let left = usize::try_from(stretch.end - offset).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        let piece = buffer.get_mut(..length).unwrap_or_default();
        source.fill(offset, piece)?;
        file.write_all_at(piece, offset).map_err(|cause| local("write", target.shown(), cause))?;
        offset += length as u64;
    }
    Ok(stretch.end - stretch.start)
}

/// Copies the whole of `file`, and gives its modification time.
pub(super) async fn download(file: File, entry: &Entry, target: &Target) -> Result<Timestamp, RemoteError> {
    let metadata = file.metadata().map_err(|cause| local("read", &entry.path, cause))?;
    let modified = metadata.modified().map_err(|cause| local("read", &entry.path, cause))?;
    match target.is_decoded() {
        true => decode(file, entry, target).await?,
        false => copy(file, entry, target).await?,
    }
    Ok(modified.into())
}

async fn copy(mut file: File, entry: &Entry, target: &Target) -> Result<(), RemoteError> {
    let shown = entry.path.to_string();
    loop {
        let (to, object) = (target.clone(), shown.clone());
        let (copied, back) = blocking(&shown, move || {
            let copied = io::copy(&mut file.by_ref().take(CHUNK), &mut to.file()?)
                .map_err(|cause| local("copy", object, cause))?;
            Ok((copied, file))
        })
        .await?;
        if copied < CHUNK {
            return Ok(());
        }
        file = back;
    }
}

/// Hands the content over piece by piece, to its end, wherever that is.
async fn decode(mut file: File, entry: &Entry, target: &Target) -> Result<(), RemoteError> {
    let shown = entry.path.to_string();
    let mut offset = 0;
    loop {
        let object = shown.clone();
        let (piece, back) = blocking(&shown, move || {
            let mut piece = Vec::new();
            file.by_ref()
                .take(PIECE)
                .read_to_end(&mut piece)
                .map_err(|cause| local("read", object, cause))?;
            Ok((Bytes::from(piece), file))
        })
        .await?;
        let length = piece.len() as u64;
        match offset == 0 && length == entry.size {
            true => target.write_whole(piece).await?,
            false if length > 0 => target.write(offset, piece).await?,
            false => {}
        }
        if length < PIECE {
            return Ok(());
        }
        offset += length;
        file = back;
    }
}

pub(super) fn stat(root: &LocalRoot, path: RelativePath) -> Result<Option<Entry>, RemoteError> {
    match root.open_file(&path) {
        Ok(file) => {
            let metadata = file.metadata().map_err(|cause| local("look at", &path, cause))?;
            Ok(metadata.is_file().then(|| entry_of(path, &metadata)))
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn read_small(
    root: &LocalRoot,
    path: &RelativePath,
    limit: usize,
) -> Result<Option<Vec<u8>>, RemoteError> {
    match read_start(root, path, limit.saturating_add(1))? {
        Some(content) if content.len() > limit => {
            Err(RemoteError::new(ErrorKind::Corrupt, "read", path, "it is larger than it can be"))
        }
        read => Ok(read),
    }
}

pub(super) fn read_start(
    root: &LocalRoot,
    path: &RelativePath,
    length: usize,
) -> Result<Option<Vec<u8>>, RemoteError> {
    let file = match root.open_file(path) {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let mut content = Vec::new();
    file.take(length as u64).read_to_end(&mut content).map_err(|cause| local("read", path, cause))?;
    Ok(Some(content))
}

/// Removes temporary files of uploads that ended long ago. A younger one may belong to a running upload.
pub(super) fn remove_abandoned(root: &LocalRoot, leftovers: Vec<RelativePath>, age: Duration) {
    let mut remover = Remover::new(root);
    for path in leftovers {
        let written = root.open_file(&path).ok().and_then(|file| file.metadata().ok()?.modified().ok());
        let old = written
            .is_some_and(|written| SystemTime::now().duration_since(written).is_ok_and(|since| since > age));
        if old && let Err(error) = remover.file(&path) {
            tracing::warn!(%error, "a leftover of an earlier upload stays");
        }
    }
}

async fn blocking<T: Send + 'static>(
    object: &str,
    work: impl FnOnce() -> Result<T, RemoteError> + Send + 'static,
) -> Result<T, RemoteError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(cause) => Err(RemoteError::new(ErrorKind::Local, "copy", object, cause)),
    }
}

fn local(operation: &'static str, object: impl std::fmt::Display, cause: io::Error) -> RemoteError {
    let error = podfs_sync::local::LocalError::new(operation, object, cause);
    RemoteError::from(error)
}
