//! Moving bytes between two files of this machine.

use std::fs::File;
use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use podfs_sync::entry::Entry;
use podfs_sync::local::{LocalRoot, Remover, Source, Target};
use podfs_sync::remote::{ErrorKind, RemoteError};
use podfs_sync::{RelativePath, Timestamp};

use super::entry_of;

/// Copied in one go, so that a sync that is given up does not have to wait for a whole large file.
const CHUNK: u64 = 64 * 1024 * 1024;

/// Copies the whole of `source`, or says that it changed meanwhile.
pub(super) async fn upload(source: &Source, target: &Target) -> Result<(), RemoteError> {
    let mut left = source.state().size;
    while left > 0 {
        let (from, to) = (source.clone(), target.clone());
        let chunk = left.min(CHUNK);
        let copied = blocking(source.shown(), move || {
            // The kernel copies by itself where both files allow it (reflink, copy_file_range).
            io::copy(&mut from.file().take(chunk), &mut to.file()?)
                .map_err(|cause| local("copy", from.shown(), cause))
        })
        .await?;
        if copied == 0 {
            let detail = "it ended before its size";
            return Err(RemoteError::new(ErrorKind::SourceChanged, "read", source.shown(), detail));
        }
        left = left.saturating_sub(copied);
    }
    source.check_unchanged()
}

/// Copies the whole of `file`, and gives its modification time.
pub(super) async fn download(file: File, entry: &Entry, target: &Target) -> Result<Timestamp, RemoteError> {
    let metadata = file.metadata().map_err(|cause| local("read", &entry.path, cause))?;
    let modified = metadata.modified().map_err(|cause| local("read", &entry.path, cause))?;
    let mut file = file;
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
            return Ok(modified.into());
        }
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
    let file = match root.open_file(path) {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let mut content = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut content).map_err(|cause| local("read", path, cause))?;
    if content.len() > limit {
        return Err(RemoteError::new(ErrorKind::Corrupt, "read", path, "it is larger than it can be"));
    }
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
