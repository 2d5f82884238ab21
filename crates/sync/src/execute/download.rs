//! One file from the remote.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Copied, CopyError};
use crate::attributes::Attributes;
use crate::entry::Modified;
use crate::fetch::fetch;
use crate::local::{Committer, Finish, LocalRoot, Target};
use crate::manifest::RemoteFile;
use crate::remote::{Remote, RemoteError};
use crate::timestamp::Timestamp;

pub(super) async fn download(
    remote: &dyn Remote,
    root: &Arc<LocalRoot>,
    mut file: RemoteFile,
    committer: &Committer,
    turn: OwnedSemaphorePermit,
) -> Result<Copied, CopyError> {
    let target = match &file.record {
        Some(record) => Target::private(root, &file.entry.path, record.sparse),
        None => Target::new(root, &file.entry.path),
    };
    let came = fetch(remote, &mut file, &target).await?;
    let bytes = target.size().map_err(RemoteError::from)?;
    // Waiting for the disk is no work: another file may be fetched meanwhile.
    drop(turn);
    let losses = committer.commit(target, finish(&file, came.modified)).await?;
    Ok(Copied::Done { bytes, record: None, mark: None, losses })
}

/// What the file gets besides its content.
fn finish(file: &RemoteFile, came_with: Option<Timestamp>) -> Finish {
    let of_store = came_with.or(match file.entry.modified {
        Modified::At(time) | Modified::StoredAt(time) => Some(time),
        Modified::Ask | Modified::Unknown => None,
    });
    match (&file.record, of_store) {
        (Some(record), _) if file.described => Finish::Attributes(Box::new(record.attributes.clone())),
        // Somebody replaced the object: the time is the object's, the rest is still the file's.
        (Some(record), time) => {
            let modified = time.unwrap_or(record.attributes.modified);
            let attributes = Attributes { modified, ..record.attributes.clone() };
            Finish::Attributes(Box::new(attributes))
        }
        (None, Some(time)) => Finish::Time(time),
        (None, None) => Finish::AsItIs,
    }
}
