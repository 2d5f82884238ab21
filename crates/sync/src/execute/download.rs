//! One file from the remote.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Copied, CopyError};
use crate::entry::{Entry, Modified};
use crate::local::{Committer, LocalRoot, Target};
use crate::remote::{ErrorKind, Remote, RemoteError};

pub(super) async fn download(
    remote: &dyn Remote,
    root: &Arc<LocalRoot>,
    entry: &Entry,
    committer: &Committer,
    turn: OwnedSemaphorePermit,
) -> Result<Copied, CopyError> {
    let target = Target::new(root, &entry.path);
    let came_with = remote.download(entry, &target).await?;
    let size = target.size().map_err(RemoteError::from)?;
    if size != entry.size {
        let detail = format!("{size} bytes came, {} were announced", entry.size);
        return Err(RemoteError::new(ErrorKind::Corrupt, "download", &entry.path, detail).into());
    }
    let modified = came_with.or(match entry.modified {
        Modified::At(time) | Modified::StoredAt(time) => Some(time),
        Modified::Ask | Modified::Unknown => None,
    });
    // Waiting for the disk is no work: another file may be fetched meanwhile.
    drop(turn);
    committer.commit(target, modified).await?;
    Ok(Copied::Bytes(size))
}
