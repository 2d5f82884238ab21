//! One file to the remote.

use std::sync::Arc;
use std::time::Duration;

use super::{Copied, CopyError};
use crate::attributes::Losses;
use crate::index::Mark;
use crate::local::{LocalError, LocalFile, LocalRoot, LocalWhat, Source};
use crate::manifest::{FileRecord, Hash, Record, RemoteFile, Stored, Tie, What};
use crate::path::RelativePath;
use crate::remote::{ErrorKind, Remote, RemoteError};
use crate::settings::ATTEMPTS_ON_CHANGE;

/// How long a file that changed is left alone before it is tried again; doubled each time.
const PAUSE_ON_CHANGE: Duration = Duration::from_millis(100);

/// Uploads a file, or lets the store copy it from what it was before it moved (`original`). With `names` (its other
/// names, as the scan found them) a record for the manifest is made as well.
pub(super) async fn upload(
    remote: &dyn Remote,
    root: &Arc<LocalRoot>,
    path: &RelativePath,
    names: Option<Option<Tie>>,
    original: Option<RemoteFile>,
) -> Result<Copied, CopyError> {
    let mut pause = PAUSE_ON_CHANGE;
    for attempt in 1..=ATTEMPTS_ON_CHANGE {
        let source = match open(root, path).await? {
            Ok(source) => source,
            Err(error) => return unopened(&error),
        };
        match once(remote, &source, path, names.as_ref(), original.as_ref()).await {
            Ok(record) => {
                let mark = record.as_ref().and_then(|record| mark(record, &source));
                let (bytes, losses) = (source.state().size, Losses::default());
                return Ok(Copied::Done { bytes, record: record.map(Box::new), mark, losses });
            }
            Err(error) if error.kind == ErrorKind::SourceChanged && attempt < ATTEMPTS_ON_CHANGE => {
                tracing::debug!(%path, attempt, "changed while it was read; once more");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            Err(error) if error.kind == ErrorKind::SourceChanged || is_unreadable(&error) => {
                return Err(CopyError::Unreadable(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(CopyError::Unreadable(format!("{path} never held still")))
}

/// What comes of a file that cannot be opened.
pub(super) fn unopened(error: &LocalError) -> Result<Copied, CopyError> {
    if error.is_not_found() { Ok(Copied::Vanished) } else { Err(CopyError::Unreadable(error.to_string())) }
}

async fn once(
    remote: &dyn Remote,
    source: &Source,
    path: &RelativePath,
    names: Option<&Option<Tie>>,
    original: Option<&RemoteFile>,
) -> Result<Option<Record>, RemoteError> {
    let Some(tie) = names else {
        remote.upload(source, path).await?;
        return Ok(None);
    };
    // Before the content: whoever changes them in between is seen by the check that no content is sent without.
    let attributes = source.attributes()?;
    let (stored, hash) = match copy(remote, source, path, original).await? {
        Some(copied) => copied,
        None => futures::try_join!(remote.upload(source, path), source.hash())?,
    };
    let hash = Some(hash);
    let (size, sparse) = (source.state().size, source.is_sparse());
    let file = FileRecord { size, attributes, hash, stored, tie: tie.clone(), sparse };
    Ok(Some(Record { path: Some(path.clone()), what: What::File(file) }))
}

/// Lets the store copy the object that the file was before it moved, if it still has the same content.
async fn copy(
    remote: &dyn Remote,
    source: &Source,
    path: &RelativePath,
    original: Option<&RemoteFile>,
) -> Result<Option<(Stored, Hash)>, RemoteError> {
    let Some((original, record)) = original.and_then(|file| Some((file, file.record.as_ref()?))) else {
        return Ok(None);
    };
    let hash = source.hash().await?;
    if record.hash != Some(hash) {
        return Ok(None);
    }
    let copied = match remote.copy(&original.entry, path).await {
        Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Unsupported) => None,
        other => other?,
    };
    source.check_unchanged()?;
    let nonce = record.stored.nonce;
    Ok(copied.map(|stored| (Stored { nonce, ..stored }, hash)))
}

/// The mark of what was uploaded, which nobody has touched since it was opened; `None` where that would not have shown.
fn mark(record: &Record, source: &Source) -> Option<Mark> {
    if !source.is_settled() {
        return None;
    }
    let What::File(FileRecord { size, attributes, tie, .. }) = &record.what else { return None };
    let file = LocalFile { size: *size, attributes: attributes.clone(), tie: tie.clone() };
    Some(Mark::of(record.path.as_ref(), &LocalWhat::File(file), source.state().seen()))
}

/// An error of this machine's disk concerns this file alone.
fn is_unreadable(error: &RemoteError) -> bool {
    error.kind == ErrorKind::Local && error.operation == "read"
}

async fn open(root: &Arc<LocalRoot>, path: &RelativePath) -> Result<Result<Source, LocalError>, RemoteError> {
    let (root, owned) = (Arc::clone(root), path.clone());
    tokio::task::spawn_blocking(move || Source::open(&root, &owned))
        .await
        .map_err(|cause| RemoteError::new(ErrorKind::Local, "open", path, cause))
}
